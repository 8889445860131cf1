using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Trust;

/// <summary>A trusted root that comes from a repository of The Update Framework: one that was made for cosign, served on the loopback and from a directory.</summary>
[Trait("Promise", "P-149")]
public sealed class FetchedRootTests
{
    private static readonly string Mirror = Path.Combine(AppContext.BaseDirectory, "Data", "sigstore-tuf-mirror");

    [Fact]
    public async Task A_trusted_root_is_fetched_verified_and_named_by_a_policy()
    {
        using var server = new FileServer(Mirror);
        await using var node = await TestNode.StartAsync(plainHttp: server.Host, trust: "");
        Assert.Contains("no root of 'sigstore' is trusted yet", (await node.Cli("trust", "fetch", "sigstore")).Error, StringComparison.Ordinal);

        var first = await node.Cli("trust", "fetch", "sigstore", "--root", Path.Combine(Mirror, "root.json"), "--from", $"http://{server.Host}", "-o", "json");
        Assert.True((bool?)JsonNode.Parse(first.Ok)!["changed"]);
        Assert.False((bool?)JsonNode.Parse((await node.Cli("trust", "fetch", "sigstore", "-o", "json")).Ok)!["changed"]);
        _ = (await node.Cli("trust", "add", "ci", "--image", "registry.example/*", "--identity", "dev@example.test", "--issuer", "https://issuer.example.test", "--root", "roots/sigstore.json")).Ok;
        Assert.Contains("ci", (await node.Cli("trust", "ls", "-o", "name")).Ok, StringComparison.Ordinal);
        Assert.Contains("sigstore is the newest", (await node.Cli("doctor")).Out, StringComparison.Ordinal);

        // From a directory, for a node that is never online; what is known of it outlives the daemon.
        node.Kill9();
        await node.StartAgain();
        _ = (await node.Cli("trust", "fetch", "sigstore", "--from", Mirror)).Ok;
        Assert.Contains(Mirror, (await node.Cli("trust", "roots")).Ok, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repository_that_lies_changes_nothing_and_says_so()
    {
        using var server = new FileServer(Mirror);
        await using var node = await TestNode.StartAsync(plainHttp: server.Host, trust: "");
        _ = (await node.Cli("trust", "fetch", "sigstore", "--root", Path.Combine(Mirror, "root.json"), "--from", $"http://{server.Host}")).Ok;
        var file = Path.Combine(node.TrustDirectory, "roots", "sigstore.json");
        var before = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);

        server.Instead["/timestamp.json"] = [.. (await File.ReadAllBytesAsync(Path.Combine(Mirror, "timestamp.json"), TestContext.Current.CancellationToken)).Select(static b => b == (byte)'7' ? (byte)'8' : b)];
        var refused = await node.Cli("trust", "fetch", "sigstore");
        Assert.NotEqual(0, refused.Code);
        Assert.Contains("timestamp", refused.Error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
        Assert.Contains("sigstore was brought up to date last on", (await node.Cli("doctor")).Out, StringComparison.Ordinal);

        // A repository of somebody else, with a root of his own.
        Assert.NotEqual(0, (await node.Cli("trust", "fetch", "other", "--root", Path.Combine(Mirror, "timestamp.json"), "--from", $"http://{server.Host}")).Code);
        Assert.Contains("is no address", (await node.Cli("trust", "fetch", "sigstore", "--from", "ftp://example.test")).Error, StringComparison.Ordinal);
    }

    /// <summary>Serves a directory by HTTP.</summary>
    private sealed class FileServer : IDisposable
    {
        private readonly HttpListener _listener = new();

        public FileServer(string directory)
        {
            Host = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Loopback.FreePort()}");
            _listener.Prefixes.Add($"http://{Host}/");
            _listener.Start();
            _ = Serve(directory);
        }

        public string Host { get; }

        public Dictionary<string, byte[]> Instead { get; } = new(StringComparer.Ordinal);

        public void Dispose() => _listener.Close();

        private async Task Serve(string directory)
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    var path = Path.Combine(directory, context.Request.Url!.AbsolutePath.TrimStart('/'));
                    var bytes = Instead.GetValueOrDefault(context.Request.Url.AbsolutePath) ?? (File.Exists(path) ? await File.ReadAllBytesAsync(path) : null);
                    context.Response.StatusCode = bytes is null ? 404 : 200;
                    context.Response.Close(bytes ?? [], willBlock: true); // with its length: an empty body that is written is ended twice
                }
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                // It is closed.
            }
        }
    }
}
