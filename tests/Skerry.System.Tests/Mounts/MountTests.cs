using System.Globalization;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Mounts;

/// <summary>What a container is given of the machine's files, and what it leaves there.</summary>
public sealed class MountTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private static int _count;
    private readonly TestNode _node = fixture.Node;
    private readonly string _image = fixture.Image;

    // Beside the node's own directories, which are not given away, and gone with them.
    private string Source { get; } = Directory.CreateDirectory(Path.Combine(fixture.Node.Home, "given-" + Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture))).FullName;

    [Fact]
    public async Task What_a_container_writes_belongs_on_the_machine_to_the_id_that_wrote_it()
    {
        File.SetUnixFileMode(Source, (UnixFileMode)0x1FF); // 0777
        await File.WriteAllTextAsync(Path.Combine(Source, "before"), "of the machine\n", TestContext.Current.CancellationToken);
        var said = await _node.Cli("run", "--rm", "-v", $"{Source}:/data", _image, "sh", "-c", "cat /data/before; echo root >/data/root; stat -c %u /data/before /data/root");
        Assert.Equal("of the machine\n0\n0\n", said.Ok);
        _ = (await _node.Cli("run", "--rm", "-u", "app", "-v", $"{Source}:/data", _image, "sh", "-c", "echo app >/data/app")).Ok;
        Assert.Equal("0 root\n1000 app\n", (await Running.Shell($"cd '{Source}' && for f in root app; do echo $(stat -c %u $f) $(cat $f); done")).Ok);
    }

    [Fact]
    public async Task A_read_only_mount_is_not_written()
    {
        await File.WriteAllTextAsync(Path.Combine(Source, "file"), "as it was\n", TestContext.Current.CancellationToken);
        const string Try = "cat /data/file; echo x 2>/dev/null >/data/file || echo refused; touch /data/new 2>/dev/null || echo refused; rm -f /data/file 2>/dev/null || echo refused; mount -o remount,rw /data 2>/dev/null || echo refused";
        Assert.Equal("as it was\nrefused\nrefused\nrefused\nrefused\n", (await _node.Cli("run", "--rm", "-v", $"{Source}:/data:ro", _image, "sh", "-c", Try)).Ok);
        Assert.Equal("as it was\n", await File.ReadAllTextAsync(Path.Combine(Source, "file"), TestContext.Current.CancellationToken));
    }

    [Fact]
    [Trait("Promise", "P-03")]
    public async Task Devices_and_set_id_bits_have_no_force_in_what_is_mounted()
    {
        const string Try = "grep -E ' /(data|ro|named) ' /proc/mounts | cut -d' ' -f4 | sed 's/^/,/; s/$/,/'";
        foreach (var options in (string[][])[[], ["--userns", "host"]])
        {
            var said = (await _node.Cli(["run", "--rm", .. options, "-v", $"{Source}:/data", "-v", $"{Source}:/ro:ro", "-v", "named:/named", _image, "sh", "-c", Try])).Ok.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(3, said.Length);
            Assert.All(said, static flags =>
            {
                Assert.Contains(",nosuid,", flags, StringComparison.Ordinal);
                Assert.Contains(",nodev,", flags, StringComparison.Ordinal);
            });
        }
    }

    [Fact]
    public async Task A_file_and_a_link_are_mounted_and_what_is_not_there_is_refused()
    {
        var file = Path.Combine(Source, "file");
        await File.WriteAllTextAsync(file, "content\n", TestContext.Current.CancellationToken);
        var link = Path.Combine(Source, "link");
        File.CreateSymbolicLink(link, file);
        Assert.Equal("content\n", (await _node.Cli("run", "--rm", "-v", $"{file}:/etc/given:ro", _image, "cat", "/etc/given")).Ok);
        Assert.Equal("content\n", (await _node.Cli("run", "--rm", "-v", $"{link}:/given", _image, "sh", "-c", "cat /given; echo changed >/given")).Ok);
        Assert.Equal("changed\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        var missing = (await _node.Cli("run", "--rm", "-v", $"{Source}/missing:/data", _image, "true")).Failed(125);
        Assert.Contains($"{Source}/missing does not exist on the node", missing, StringComparison.Ordinal);
        Assert.False(Path.Exists(Source + "/missing"));
    }

    [Fact]
    [Trait("Promise", "P-03")]
    public async Task What_controls_the_machine_is_refused_also_behind_a_link()
    {
        var link = Path.Combine(Source, "innocent");
        File.CreateSymbolicLink(link, _node.Root);
        string[] refused = ["/", "/proc", "/proc/sys/kernel", "/sys", "/sys/fs/cgroup", "/dev", "/dev/shm", "/tmp", _node.Root, _node.Run, _node.Home, _node.Socket, Path.Combine(_node.Root, "journal.db"), link, link + "/journal.db"];
        foreach (var source in refused)
        {
            var error = (await _node.Cli("run", "--rm", "-v", $"{source}:/data:ro", _image, "true")).Failed(125);
            Assert.Contains("mounts", error, StringComparison.Ordinal);
            Assert.Contains("next:", error, StringComparison.Ordinal);
        }

        foreach (var device in (string[])["/dev/mem", "/dev/kmsg", "/dev/port"])
        {
            if (File.Exists(device))
            {
                Assert.Contains(device, (await _node.Cli("run", "--rm", "--device", device, _image, "true")).Failed(125), StringComparison.Ordinal);
            }
        }

        foreach (var target in (string[])["/", "/proc", "/proc/self", "/sys/fs", "/dev/null", "/dev/pts"])
        {
            Assert.Contains("belongs to the runtime", (await _node.Cli("run", "--rm", "-v", $"{Source}:{target}", _image, "true")).Failed(125), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_volumes_data_outlive_their_pod_and_are_the_same_to_another_range_of_ids()
    {
        _ = (await _node.Cli("run", "-d", "--name", "writer", "-v", "kept:/home/app", _image, "sh", "-c", "cd /home/app; echo root >root; echo app >app; chown 1000 app; exec sleep 1000")).Ok;
        string map = string.Empty;
        await Running.Until(
            async () => (map = (await _node.Cli("exec", "writer", "sh", "-c", "[ $(stat -c %u /home/app/app) = 1000 ] && cat /proc/self/uid_map")).Out).Length > 0,
            () => "the volume is not written");
        _ = (await _node.Cli("run", "-d", "--name", "holder", _image, "sleep", "1000")).Ok; // takes the next range
        _ = (await _node.Cli("rm", "-f", "writer")).Ok;
        var reader = (await _node.Cli("run", "--rm", "-v", "kept:/other", "-u", "app", _image, "sh", "-c", "cat /proc/self/uid_map; cat /other/root /other/app; stat -c %u /other /other/root /other/app; echo more >>/other/app && cat /other/app")).Ok;
        Assert.Equal("root\napp\n1000\n0\n1000\napp\nmore\n", reader[(reader.IndexOf('\n', StringComparison.Ordinal) + 1)..]);

        // Two pods at once, whose ids are different ones, see the same owners.
        var holder = (await _node.Cli("exec", "holder", "cat", "/proc/self/uid_map")).Ok;
        Assert.NotEqual(map, holder);
        _ = (await _node.Cli("rm", "-f", "holder")).Ok;
    }

    [Fact]
    public async Task The_size_of_a_tmpfs_bites_and_a_read_only_root_takes_no_write_anywhere_else()
    {
        const string Fill = "dd if=/dev/zero of=/small/f bs=1M count=3 2>/dev/null && echo full; stat -c %s /small/f; df -k /small | tail -1 | awk '{print $2}'; stat -c %a /small";
        Assert.Equal("1048576\n1024\n750\n", (await _node.Cli("run", "--rm", "--tmpfs", "/small:size=1Mi,mode=750", _image, "sh", "-c", Fill)).Ok);
        const string Everywhere = "for d in / /bin /etc /root /home /var /dev /proc /sys; do touch $d/x 2>/dev/null && echo written $d; done; echo x >/dev/shm/x && touch /tmp/x && echo end";
        Assert.Equal("written /dev\nend\n", (await _node.Cli("run", "--rm", "--read-only", "--tmpfs", "/tmp", _image, "sh", "-c", Everywhere)).Ok);
    }
}
