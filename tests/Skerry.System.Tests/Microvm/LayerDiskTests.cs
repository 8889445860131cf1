using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Microvm;

/// <summary>What a microVM starts from is what was verified, also when somebody changed its disk on the node meanwhile.</summary>
[Trait("Promise", "P-159")]
public sealed class LayerDiskTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_disk_that_was_changed_on_the_node_is_made_again_from_verified_layers(bool restarted)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/qemu-system-x86_64"), "needs QEMU: apt-get install qemu-system-x86");
        Assert.SkipUnless(File.Exists(Path.Combine(Path.GetDirectoryName(Programs.Daemon)!, "guest", "kernel")), "needs a guest: scripts/guest");
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        Assert.Equal("3\n", (await node.Cli("run", "--rm", "--tier", "microvm", image, "cat", "/etc/layer")).Ok);
        var disks = Directory.EnumerateFiles(Path.Combine(node.Root, "microvm"), "*.erofs").ToList();
        Assert.NotEmpty(disks);
        Assert.All(disks, static d => Assert.Equal(0xe0f5e1e2, Magic(d)));
        Assert.All(disks, static d => Assert.True(File.Exists(d + ".seal"), $"{d} has no seal"));

        // The superblock of the file system: a guest could not even mount it.
        _ = (await Running.Shell($"for d in '{node.Root}'/microvm/*.erofs; do chmod 644 \"$d\"; printf xxxx | dd of=\"$d\" bs=1 seek=1024 conv=notrunc 2>/dev/null; done")).Ok;
        if (restarted)
        {
            node.Kill9();
            await node.StartAgain();
        }

        Assert.Equal("3\n", (await node.Cli("run", "--rm", "--tier", "microvm", image, "cat", "/etc/layer")).Ok);

        // Every disk that was used is a file system again (EROFS_SUPER_MAGIC_V1, linux/magic.h), under a seal of its own.
        var again = disks.Where(static d => Magic(d) == 0xe0f5e1e2).ToList();
        Assert.NotEmpty(again);
        Assert.All(again, static d => Assert.True(File.Exists(d + ".seal")));
    }

    private static uint Magic(string disk)
    {
        const int Superblock = 1024;
        using var file = File.OpenHandle(disk);
        var bytes = new byte[4];
        _ = RandomAccess.Read(file, bytes, Superblock);
        return BitConverter.ToUInt32(bytes);
    }
}
