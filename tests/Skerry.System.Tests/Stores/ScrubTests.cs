using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Stores;

/// <summary>Images that rot under a running node.</summary>
[Trait("Promise", "P-24")]
public sealed class ScrubTests
{
    [Fact]
    public async Task A_layer_that_a_running_container_uses_is_found_named_and_mended_once_the_container_is_stopped()
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "user", image, "sh", "-c", "echo written >>/home/app/own; sleep 1000")).Ok;
        await Running.Until(async () => (await node.Cli("exec", "user", "cat", "/home/app/own")).Out == "mine\nwritten\n", () => "the file was not written");
        Rot(Layer(node, "etc/group"));
        Rot(Layer(node, "home/app/own"));
        var found = await node.Cli("image", "scrub", "-o", "json");
        Assert.Equal(1, found.Code);
        Assert.Contains("\"etc/group\"", found.Out, StringComparison.Ordinal);
        Assert.Contains("\"home/app/own\"", found.Out, StringComparison.Ordinal);

        var refused = await node.Cli("image", "scrub", "--repair", "-o", "json");
        Assert.Equal(1, refused.Code);
        Assert.Contains("container user uses this layer: stop it, then run 'skerry image scrub --repair' again", refused.Out.Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
        _ = (await node.Cli("exec", "user", "true")).Ok;

        // Stopped is enough: its own files stay, and it runs on the mended layer.
        _ = (await node.Cli("stop", "-t", "0", "user")).Ok;
        _ = (await node.Cli("image", "scrub", "--repair")).Ok;
        _ = (await node.Cli("image", "scrub")).Ok;
        _ = (await node.Cli("start", "user")).Ok;
        Assert.StartsWith("root:x:0:\n", (await node.Cli("exec", "user", "cat", "/etc/group")).Ok, StringComparison.Ordinal);
        Assert.StartsWith("mine\nwritten\n", (await node.Cli("exec", "user", "cat", "/home/app/own")).Ok, StringComparison.Ordinal);
        Assert.Equal("mine\n", (await node.Cli("run", "--rm", image, "cat", "/home/app/own")).Ok);
    }

    [Fact]
    public async Task A_blob_is_mended_beneath_a_running_container_and_kept_while_the_registry_is_away()
    {
        Programs.SkipUnlessANodeCanRun();
        var registry = await SlowRegistry.StartAsync();
        await using var node = await TestNode.StartAsync(plainHttp: registry.Host);
        var image = $"{registry.Host}/{TestImages.SmallName}";
        _ = (await node.Cli("run", "-d", "--name", "user", image, "sleep", "1000")).Ok;
        var blob = Directory.EnumerateFiles(Path.Combine(node.Root, "content/blobs/sha256")).MaxBy(static f => new FileInfo(f).Length)!;
        Rot(blob);
        Assert.Contains("1 wrong, 1 repaired", (await node.Cli("image", "scrub", "--repair")).Error, StringComparison.Ordinal);
        _ = (await node.Cli("image", "scrub")).Ok;

        var rotten = Rot(blob);
        await registry.DisposeAsync();
        var failed = await node.Cli("image", "scrub", "--repair", "-o", "json");
        Assert.Equal(1, failed.Code);
        Assert.Contains(registry.Host, failed.Out, StringComparison.Ordinal);
        Assert.Contains("nothing was changed", failed.Out, StringComparison.Ordinal);
        Assert.Equal(rotten, await File.ReadAllBytesAsync(blob));
        _ = (await node.Cli("exec", "user", "true")).Ok;
    }

    private static string Layer(TestNode node, string file) =>
        Directory.EnumerateDirectories(Path.Combine(node.Root, "layers")).Select(d => Path.Combine(d, "fs", file)).First(File.Exists);

    private static byte[] Rot(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[^2] ^= 4;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        file.Write(bytes);
        return bytes;
    }
}
