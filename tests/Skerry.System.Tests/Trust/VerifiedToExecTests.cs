using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Trust;

/// <summary>From the digest that was verified down to the file that is executed.</summary>
[Trait("Promise", "P-104")]
public sealed class VerifiedToExecTests
{
    public static TheoryData<string, string, string> Changes => new()
    {
        { "printf x | dd of=bin/busybox bs=1 seek=4096 conv=notrunc 2>/dev/null", "/bin/busybox", "has other content" },
        { "chmod u+s bin/busybox", "/bin/busybox", "has mode" },
        { "rm etc/group", "/etc/group", "is missing" },
        { "printf '#!/bin/sh\\n' >bin/added", "/bin/added", "is not part of the layer" },
        { "ln -sf /bin/added bin/sh", "/bin/sh", "links to somewhere else" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_file_that_was_changed_on_disk_refuses_the_start_by_name_until_it_is_repaired(string change, string path, string problem)
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "--rm", image, "true")).Ok;
        var layer = Layer(node, path == "/etc/group" ? "etc/group" : "bin/busybox");
        _ = (await Running.Shell($"cd '{layer}' && {change}")).Ok;

        foreach (var restarted in (bool[])[false, true])
        {
            if (restarted)
            {
                node.Kill9();
                await node.StartAgain();
            }

            var refused = await node.Cli("run", "--rm", image, "true");
            Assert.Equal(125, refused.Code);
            Assert.Contains(path, refused.Error, StringComparison.Ordinal);
            Assert.Contains(problem, refused.Error, StringComparison.Ordinal);
            Assert.Contains("skerry image scrub --repair", refused.Error, StringComparison.Ordinal);
        }

        _ = (await node.Cli("image", "scrub", "--repair")).Ok;
        _ = (await node.Cli("run", "--rm", image, "true")).Ok;
    }

    [Fact]
    public async Task A_file_that_was_touched_and_is_the_same_is_read_once_and_starts()
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        _ = (await Running.Shell($"chmod 600 '{Layer(node, "etc/passwd")}/etc/passwd' && chmod 644 '{Layer(node, "etc/passwd")}/etc/passwd'")).Ok;
        _ = (await node.Cli("run", "--rm", image, "true")).Ok;
        _ = (await node.Cli("run", "--rm", image, "true")).Ok;
    }

    [Fact]
    public async Task A_layer_without_stamps_is_read_and_gets_them()
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        await node.Stop();
        var stamps = Directory.EnumerateFiles(Path.Combine(node.Root, "layers"), "stamps", SearchOption.AllDirectories).ToList();
        Assert.Equal(3, stamps.Count);
        stamps.ForEach(File.Delete);
        await node.StartAgain();
        _ = (await node.Cli("run", "--rm", image, "true")).Ok;
        Assert.Equal(3, Directory.EnumerateFiles(Path.Combine(node.Root, "layers"), "stamps", SearchOption.AllDirectories).Count());
    }

    private static string Layer(TestNode node, string file) =>
        Directory.EnumerateDirectories(Path.Combine(node.Root, "layers")).Select(static d => Path.Combine(d, "fs")).First(d => File.Exists(Path.Combine(d, file)));
}
