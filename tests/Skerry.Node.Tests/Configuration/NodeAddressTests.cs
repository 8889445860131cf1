using Skerry.Node.Configuration;

namespace Skerry.Node.Tests.Configuration;

/// <summary>Where a node is and listens: what cannot be is told before anything is made, and what is not the node's is left alone.</summary>
public sealed class NodeAddressTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-address-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("--root needs a value", "--root", "")]
    [InlineData("--root needs a value", "--root=")]
    [InlineData("--config needs a value", "--config")]
    [InlineData("root is / and run is /r: they are two directories of the node's own", "--root", "/", "--run", "/r")]
    [InlineData("root is /r and run is /r: they are two directories of the node's own", "--root", "/r", "--run", "/r/")]
    [InlineData("address 'tcp://1.2.3.4:5': the node listens on unix:///PATH only", "--address", "tcp://1.2.3.4:5")]
    [InlineData("address 'unix://here': the node listens on unix:///PATH only", "--address", "unix://here")]
    [InlineData("/dev/zero: more than 1048576 bytes", "--config", "/dev/zero")]
    public void What_cannot_be_is_refused(string message, params string[] arguments) =>
        Assert.StartsWith(message, Refused(arguments), StringComparison.Ordinal);

    [Fact]
    public void A_path_that_no_socket_can_have_is_refused()
    {
        var run = "/" + new string('a', 96);
        Assert.Equal(107, NodeAddress.SocketPath(NodeConfiguration.Read(CommandLine.Parse(["--run", run, "--config", "/dev/null"]))).Length);
        Assert.Contains("its path has 108 bytes, and that of a socket has 107 at most", Refused("--run", run + "b"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_socket_that_was_left_is_removed_and_nothing_else_is()
    {
        var path = Path.Combine(_directory, "node.sock");
        NodeAddress.Clear(path);
        using (var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified))
        {
            // One whose daemon was killed: closing it would remove it.
            socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(path));
            NodeAddress.Clear(path);
            Assert.False(File.Exists(path));
        }

        File.WriteAllText(path, "mine");
        Assert.Contains("something else than a socket", Assert.Throws<ConfigurationException>(() => NodeAddress.Clear(path)).Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(path));
        Assert.Contains("there is no directory", Assert.Throws<ConfigurationException>(() => NodeAddress.Clear(Path.Combine(_directory, "none", "node.sock"))).Message, StringComparison.Ordinal);
    }

    private static string Refused(params string[] arguments) =>
        Assert.Throws<ConfigurationException>(() => NodeConfiguration.Read(CommandLine.Parse(arguments.Contains("--config") ? arguments : [.. arguments, "--config", "/dev/null"]))).Message;
}
