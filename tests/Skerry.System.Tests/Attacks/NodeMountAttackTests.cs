using System.Globalization;
using Skerry.Linux.Files;
using Skerry.Oci.Layers;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Attacks;

/// <summary>Mounts, volumes and layers as ways out of a container or into the node, through the real node.</summary>
public sealed class NodeMountAttackTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private static int _count;
    private readonly TestNode _node = fixture.Node;
    private readonly string _image = fixture.Image;

    [Fact]
    [Trait("Promise", "P-09")]
    public async Task A_mount_whose_target_is_a_link_out_of_the_root_lands_inside_or_nowhere()
    {
        var (source, aim) = (Fresh("given"), Fresh("aim"));
        await File.WriteAllTextAsync(Path.Combine(source, "file"), "given\n", TestContext.Current.CancellationToken);
        var image = await HostileImage.Push(layer =>
        {
            layer.Link("out", aim);
            layer.Link("up", "../../../../../../.." + aim);
            layer.Link("self", "/proc/self/root" + aim);
        });
        foreach (var link in (string[])["/out", "/up", "/self"])
        {
            foreach (var target in (string[])[link, link + "/made", link + "/made/deeper"])
            {
                foreach (var mount in (string[][])[["-v", $"{source}:{target}"], ["--tmpfs", target], ["-v", $"{source}/file:{target}"]])
                {
                    var said = await _node.Cli(["run", "--rm", .. mount, image, "true"]);
                    Assert.True(said.Code is 0 or 125, $"{target}: {said}");
                    Assert.Empty(Directory.EnumerateFileSystemEntries(aim));
                }
            }
        }
    }

    [Fact]
    [Trait("Promise", "P-09")]
    public async Task A_volume_that_another_container_changes_all_the_time_leads_no_mount_out()
    {
        // CVE-2021-30465: one container swaps a directory of a volume for a link while another is started with a mount below it.
        var (source, aim) = (Fresh("given"), Fresh("aim"));
        var marker = Path.Combine(_node.Home, "marker-of-mounts");
        await File.WriteAllTextAsync(marker, "SECRET\n", TestContext.Current.CancellationToken);
        var swap = $"cd /v; mkdir -p real/in; ln -s / rooted; ln -s {aim} aimed; mkdir -p sub; while :; do rm -rf sub; ln -s / sub; rm -f sub; ln -s {aim} sub; rm -f sub; mkdir -p sub/in; done";
        _ = (await _node.Cli("run", "-d", "--name", "swapper", "-v", "swapped:/v", _image, "sh", "-c", swap)).Ok;
        var started = 0;
        for (var i = 0; i < 20; i++)
        {
            var said = await _node.Cli("run", "--rm", "-v", "swapped:/v", "-v", $"{source}:/v/sub/in", _image, "sh", "-c", $"cat /v/sub{marker} /v/sub/in{marker} {marker} 2>/dev/null; echo end");
            Assert.DoesNotContain("SECRET", said.ToString(), StringComparison.Ordinal);
            started += said.Code == 0 ? 1 : 0;
            Assert.Empty(Directory.EnumerateFileSystemEntries(aim));
        }

        // The attack is tried for real only where the mount was made at least once.
        Assert.True(started > 0, "no container was started while the volume was changed");
        _ = (await _node.Cli("rm", "-f", "swapper")).Ok;
    }

    [Fact]
    [Trait("Promise", "P-03")]
    public async Task A_source_that_is_swapped_for_a_link_after_it_was_checked_does_not_give_the_node_away()
    {
        // Who may write beside a directory that is given to a container puts a link to the node's own directories in its place.
        var parent = Fresh("shared");
        var (given, link) = (Path.Combine(parent, "sub"), Path.Combine(parent, "link"));
        Directory.CreateDirectory(given);
        File.CreateSymbolicLink(link, _node.Root);
        using var stop = new CancellationTokenSource();
        var swapper = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                FileCalls.Exchange(null, given, null, link);
            }
        });
        swapper.Start();
        try
        {
            foreach (var users in (string[])["auto", "host"])
            {
                for (var i = 0; i < 30; i++)
                {
                    var said = await _node.Cli("run", "--rm", "--userns", users, "-v", $"{given}:/given:ro", _image, "ls", "/given");
                    Assert.DoesNotContain("journal.db", said.ToString(), StringComparison.Ordinal);
                    Assert.True(said.Code is 0 or 125, said.ToString());
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            swapper.Join();
        }
    }

    [Fact]
    [Trait("Promise", "P-06")]
    public async Task An_image_of_a_registry_whose_layers_climb_writes_nothing_outside_and_leaves_a_clean_store()
    {
        // CVE-2021-32760, 2025-47290 and zip-slip. The twin is tar as people call it: it does what the layer says.
        var aim = Fresh("aim");
        Action<LayerWriter>[] layers =
        [
            layer => layer.Write(new NewEntry("../../../../../../.." + aim + "/climbed", LayerEntryType.File), "x"u8),
            layer => layer.Write(new NewEntry("a/../../../../../../../.." + aim + "/climbed", LayerEntryType.File), "x"u8),
            layer => layer.Write(new NewEntry(aim + "/absolute", LayerEntryType.File), "x"u8),
            layer =>
            {
                layer.Link("door", aim);
                layer.Write(new NewEntry("door/through", LayerEntryType.File), "x"u8);
            },
            layer =>
            {
                layer.Write(new NewEntry("hard", LayerEntryType.HardLink) { LinkTarget = "../../../../../../.." + _node.Config });
                layer.Write(new NewEntry("hard", LayerEntryType.File), "x"u8);
            },
            layer => layer.Link(".wh.etc/x", aim),
        ];
        foreach (var layer in layers)
        {
            var image = await HostileImage.Push(layer);
            var said = await _node.Cli("image", "pull", image);
            Assert.Empty(Directory.EnumerateFileSystemEntries(aim));
            Assert.Contains("plain_http", await File.ReadAllTextAsync(_node.Config, TestContext.Current.CancellationToken), StringComparison.Ordinal);
            if (said.Code == 0)
            {
                Assert.DoesNotContain("absolute", (await _node.Cli("run", "--rm", image, "ls", "/")).Ok, StringComparison.Ordinal);
                _ = (await _node.Cli("image", "rm", image)).Ok;
            }
            else
            {
                Assert.DoesNotContain(image, (await _node.Cli("image", "ls", "-o", "name")).Ok, StringComparison.Ordinal);
            }
        }

        using (var tar = new MemoryStream())
        {
            using (var writer = new LayerWriter(tar, leaveOpen: true))
            {
                layers[0](writer);
            }

            var file = Path.Combine(_node.Home, "climbing.tar");
            await File.WriteAllBytesAsync(file, tar.ToArray(), TestContext.Current.CancellationToken);
            var into = Fresh("into");
            _ = await Running.Shell($"tar -C '{into}' -xPf '{file}'");
            Assert.Equal("climbed", Path.GetFileName(Assert.Single(Directory.EnumerateFileSystemEntries(aim))));
        }

        // The store is as it was: the small image runs, and a scrub finds nothing.
        _ = (await _node.Cli("run", "--rm", _image, "true")).Ok;
        _ = (await _node.Cli("image", "scrub")).Ok;
    }

    [Fact]
    public async Task A_set_user_id_file_that_a_container_leaves_is_without_power_inside_and_roots_on_the_machine()
    {
        // ADR 0011: what container root leaves belongs to root, set-id bits and all; the mount inside does not heed them.
        var source = Fresh("left");
        File.SetUnixFileMode(source, (UnixFileMode)0x1FF);
        _ = (await _node.Cli("run", "--rm", "-v", $"{source}:/data", _image, "sh", "-c", "cat /bin/busybox >/data/busybox; chmod 4755 /data/busybox")).Ok;
        Assert.Equal("4755 0\n", (await Running.Shell($"stat -c '%a %u' '{source}/busybox'")).Ok);
        Assert.Equal("1000\n", (await _node.Cli("run", "--rm", "-u", "app", "-v", $"{source}:/data", _image, "/data/busybox", "id", "-u")).Ok);

        // The node's own volumes lie where no other user of the machine can come, so that such a file of a volume is out of reach.
        _ = (await _node.Cli("run", "--rm", "-v", "left:/data", _image, "sh", "-c", "cat /bin/busybox >/data/busybox; chmod 4755 /data/busybox")).Ok;
        _ = (await Running.Shell($"setpriv --reuid 54321 --regid 54321 --clear-groups ls '{_node.Root}'")).Failed(2);
    }

    /// <summary>A directory beside the node's own, open to all, gone with them.</summary>
    private string Fresh(string name)
    {
        var path = Path.Combine(_node.Home, $"{name}-{Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture)}");
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, (UnixFileMode)0x1FF);
        return path;
    }
}
