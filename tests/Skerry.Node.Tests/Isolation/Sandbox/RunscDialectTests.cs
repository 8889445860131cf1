using System.Globalization;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Sandbox;

namespace Skerry.Node.Tests.Isolation.Sandbox;

/// <summary>What runsc's files say of a container, and what they do not.</summary>
public sealed class RunscDialectTests : IDisposable
{
    private const string Id = "c1";
    private readonly string _state = Directory.CreateTempSubdirectory("skerry-runsc-").FullName;
    private readonly RunscDialect _dialect = new();

    public void Dispose() => Directory.Delete(_state, recursive: true);

    [Fact]
    public void A_container_is_over_when_its_sentry_and_its_gofer_have_ended()
    {
        var (here, gone) = (Environment.ProcessId, Ended());
        Assert.Equal(RuntimeRemains.Files, Remains($$"""{"status":"stopped","goferPid":{{gone}},"sandbox":{"pid":{{gone}} } }"""));
        Assert.Equal(RuntimeRemains.Files, Remains($$"""{"status":"stopped","goferPid":0,"sandbox":{"pid":{{gone}} } }"""));
        Assert.Equal(RuntimeRemains.Ending, Remains($$"""{"status":"running","goferPid":{{here}},"sandbox":{"pid":{{gone}} } }"""));
        Assert.Equal(RuntimeRemains.Unknown, Remains($$"""{"status":"running","goferPid":{{gone}},"sandbox":{"pid":{{here}} } }"""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"status\":\"stopped\"}")]
    [InlineData("{\"goferPid\":0,\"sandbox\":null}")]
    [InlineData("{\"goferPid\":\"0\",\"sandbox\":{\"pid\":0}}")]
    [InlineData("{\"goferPid\":99999999999999,\"sandbox\":{\"pid\":0}}")]
    public void What_cannot_be_understood_is_left_to_runsc(string text) => Assert.Equal(RuntimeRemains.Unknown, Remains(text));

    [Fact]
    public void Of_nothing_nothing_is_known() => Assert.Equal(RuntimeRemains.Unknown, _dialect.Remains(_state, Id));

    [Fact]
    public void Dropping_takes_the_files_of_one_container()
    {
        foreach (var name in (string[])["c1_sandbox:c1.state", "c1_sandbox:c1.lock", "c2_sandbox:c2.state"])
        {
            File.WriteAllText(Path.Combine(_state, name), "{}");
        }

        _dialect.Drop(_state, Id);
        Assert.False(_dialect.Has(_state, Id));
        Assert.Equal(["c2"], _dialect.Known(_state));
    }

    private RuntimeRemains Remains(string text)
    {
        File.WriteAllText(Path.Combine(_state, $"{Id}_sandbox:{Id}.state"), text);
        return _dialect.Remains(_state, Id);
    }

    private static string Ended()
    {
        using var process = global::System.Diagnostics.Process.Start("/bin/true");
        process.WaitForExit();
        return process.Id.ToString(CultureInfo.InvariantCulture);
    }
}
