using Skerry.Node.Survey;

namespace Skerry.Node.Tests.Survey;

public sealed class ProbesTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("skerry-probes-");

    [Theory]
    [InlineData("echo '{\"cniVersion\":\"1.0.0\",\"supportedVersions\":[\"0.4.0\",\"1.0.0\"]}'", true, "speaks CNI up to 1.0.0")]
    [InlineData("echo '{\"supportedVersions\":[\"0.1.0\"]}'", false, "but not 1.0.0; install plugins 1.0 or later")]
    [InlineData("echo hello", false, "did not answer as a CNI plugin does")]
    [InlineData("echo broken pipe of the plugin >&2; exit 3", false, "ended with 3: broken pipe of the plugin")]
    public void A_plugin_is_believed_only_when_it_answers(string script, bool works, string said)
    {
        var file = Path.Combine(_directory.FullName, "thing");
        TestProgram.Write(file, script);
        var result = NetworkProbes.Plugin("thing", "the test", [_directory.FullName]);
        Assert.Equal(works, result.Available);
        Assert.Contains(said, works ? result.Detail : result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plugin_that_is_missing_is_named_with_what_to_install()
    {
        var result = NetworkProbes.Plugin("nothing", "published ports", [_directory.FullName]);
        Assert.False(result.Available);
        Assert.Contains("apt install containernetworking-plugins", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_monitor_that_is_missing_is_named_with_what_to_install()
    {
        var result = RuntimeProbes.Monitor("/nowhere/conmon");
        Assert.False(result.Available);
        Assert.Contains("apt install conmon", result.Reason, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
