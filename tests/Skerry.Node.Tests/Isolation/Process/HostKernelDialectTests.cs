using System.Diagnostics;
using System.Globalization;
using Skerry.Node.Isolation.Process;

namespace Skerry.Node.Tests.Isolation.Process;

/// <summary>When a container is removed without asking its runtime.</summary>
public sealed class HostKernelDialectTests : IDisposable
{
    private const string Id = "c1";
    private readonly string _state = Directory.CreateTempSubdirectory("skerry-dialect").FullName;
    private readonly List<string> _asked = [];

    private string Own => Path.Combine(_state, Id);

    [Fact]
    public void What_has_ended_and_left_empty_groups_is_files()
    {
        Write("status", $$"""{"pid": {{Ended()}}, "cgroup-path": "/skerry/n/p/c1", "rootfs": "/x"}""");
        Assert.Equal(RuntimeRemains.Files, Dialect(isEmpty: true).Remains(_state, Id));
        Assert.Equal(["/skerry/n/p/c1"], _asked);
    }

    [Fact]
    public void A_process_that_lives_or_a_group_that_holds_one_is_for_the_runtime()
    {
        var ended = Ended();
        Write("status", $$"""{"pid": {{Environment.ProcessId}}, "cgroup-path": "/skerry/n/p/c1"}""");
        Assert.Equal(RuntimeRemains.Unknown, Dialect(isEmpty: true).Remains(_state, Id));
        Write("status", $$"""{"pid": {{ended}}, "cgroup-path": "/skerry/n/p/c1"}""");
        Assert.Equal(RuntimeRemains.Unknown, Dialect(isEmpty: false).Remains(_state, Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"pid\": 0, \"cgroup-path\": \"/skerry/n/p/c1\"}")]
    [InlineData("{\"pid\": -1, \"cgroup-path\": \"/skerry/n/p/c1\"}")]
    [InlineData("{\"pid\": \"1\", \"cgroup-path\": \"/skerry/n/p/c1\"}")]
    [InlineData("{\"pid\": 4194303, \"cgroup-path\": 7}")]
    [InlineData("{\"pid\": 4194303}")]
    [InlineData("{\"pid\": 4194303, \"cgroup-pa")]
    public void What_cannot_be_understood_is_for_the_runtime(string status)
    {
        Write("status", status);
        Assert.Equal(RuntimeRemains.Unknown, Dialect(isEmpty: true).Remains(_state, Id));
    }

    [Fact]
    public void What_runc_wrote_is_for_runc()
    {
        Write("state.json", $$"""{"init_process_pid": {{Ended()}}}""");
        Assert.Equal(RuntimeRemains.Unknown, Dialect(isEmpty: true).Remains(_state, Id));
    }

    public void Dispose() => Directory.Delete(_state, recursive: true);

    private static string Ended()
    {
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo("/bin/true"))!;
        process.WaitForExit();
        return process.Id.ToString(CultureInfo.InvariantCulture);
    }

    private HostKernelDialect Dialect(bool isEmpty) => new(path =>
    {
        _asked.Add(path);
        return isEmpty;
    });

    private void Write(string file, string text)
    {
        Directory.CreateDirectory(Own);
        File.WriteAllText(Path.Combine(Own, file), text);
    }
}
