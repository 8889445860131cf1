using System.Globalization;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Microvm;

/// <summary>What containers of microVMs write, by the real command line: it is on disks that live as long as they do.</summary>
public sealed class DiskTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    /// <summary>Adds a line to a file, brings it to the disk, and shows the file.</summary>
    private const string Counts = "echo run >>/runs; busybox sync; cat /runs; echo up; trap 'exit 0' TERM; while :; do sleep 0.05; done";
    private readonly TestNode _node = fixture.Node;
    private readonly string _image = fixture.Image;

    [Fact]
    [Trait("Promise", "P-52")]
    public async Task What_was_written_is_there_after_a_stop_a_killed_VMM_and_a_killed_daemon()
    {
        Need();
        _ = (await _node.Cli("run", "-d", "--name", "d1", "--tier", "microvm", "--restart", "always", _image, "sh", "-c", Counts)).Ok;
        await Runs("d1", 1);
        _ = (await _node.Cli("stop", "d1")).Ok;
        _ = (await _node.Cli("start", "d1")).Ok;
        await Runs("d1", 2);

        // A machine that ends without a word: its journal is on the disk.
        Machine.Of(_node).KillVmm();
        await Runs("d1", 3);
        _node.Kill9();
        await _node.StartAgain();
        Machine.Of(_node).KillVmm();
        await Runs("d1", 4);
        _ = (await _node.Cli("rm", "-f", "d1")).Ok;
    }

    [Fact]
    [Trait("Promise", "P-52")]
    public async Task What_nobody_synced_is_there_after_a_stop()
    {
        Need();
        _ = (await _node.Cli(
            "run", "-d", "--name", "d2", "--tier", "microvm", _image, "sh", "-c", "[ -e /big ] && busybox md5sum /big; head -c 8000000 /dev/urandom >/big; busybox md5sum /big; echo up; sleep 1000")).Ok;
        await Logged("d2", "up", 1);
        _ = (await _node.Cli("stop", "-t", "0", "d2")).Ok;
        _ = (await _node.Cli("start", "d2")).Ok;
        await Logged("d2", "up", 2);
        var sums = (await _node.Cli("logs", "d2")).Ok.Split('\n').Where(static l => l.Contains("/big", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, sums.Count);
        Assert.Equal(sums[0], sums[1]);
        _ = (await _node.Cli("rm", "-f", "d2")).Ok;
    }

    [Fact]
    public async Task A_disk_that_is_full_is_the_containers_own_trouble_and_what_it_deletes_is_given_back()
    {
        Need();
        _ = (await _node.Cli(
            "run", "-d", "--name", "d3", "--tier", "microvm", "--annotation", "skerry.io/disk-size=64Mi", _image, "sh", "-c",
            "dd if=/dev/zero of=/big bs=65536 count=4000; echo ended with $?; busybox sync; echo full; while [ -e /big ]; do sleep 0.1; done; until echo small >/small; do sleep 0.1; done 2>/dev/null; cat /small; busybox sync; echo up; sleep 1000")).Ok;
        await Logged("d3", "full", 1);
        var disk = Path.Combine(_node.Root, "containers", (await _node.Inspect("d3")).Id, "disk");
        Assert.InRange(await Taken(disk), 40L << 20, 80L << 20);
        _ = (await _node.Cli("exec", "d3", "rm", "/big")).Ok;
        await Logged("d3", "up", 1);
        var said = await _node.Cli("logs", "d3");
        Assert.Contains("ended with 1", said.Out, StringComparison.Ordinal);
        Assert.Contains("No space left on device", said.Out + said.Error, StringComparison.Ordinal);
        Assert.Contains("small\n", said.Out, StringComparison.Ordinal);
        await Running.Until(async () => await Taken(disk) < 20L << 20, () => "nothing is given back", seconds: 90);
        _ = (await _node.Cli("rm", "-f", "d3")).Ok;
        Assert.False(File.Exists(disk));
    }

    [Fact]
    public async Task A_disk_takes_the_room_of_what_is_on_it()
    {
        Need();
        _ = (await _node.Cli("run", "-d", "--name", "d4", "--tier", "microvm", _image, "sh", "-c", "df -k / | tail -1; echo up; sleep 1000")).Ok;
        await Logged("d4", "up", 1);
        var size = long.Parse((await _node.Cli("logs", "d4")).Ok.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        Assert.InRange(size, 9_000_000, 10_485_760);
        Assert.InRange(await Taken(Path.Combine(_node.Root, "containers", (await _node.Inspect("d4")).Id, "disk")), 1, 6L << 20);
        _ = (await _node.Cli("rm", "-f", "d4")).Ok;
    }

    [Fact]
    public async Task A_disk_that_is_damaged_is_told_with_what_to_do()
    {
        Need();
        _ = (await _node.Cli("run", "-d", "--name", "d5", "--tier", "microvm", _image, "sh", "-c", "echo up; sleep 1000")).Ok;
        await Logged("d5", "up", 1);
        _ = (await _node.Cli("stop", "-t", "0", "d5")).Ok;
        await using (var disk = new FileStream(Path.Combine(_node.Root, "containers", (await _node.Inspect("d5")).Id, "disk"), FileMode.Open, FileAccess.Write))
        {
            disk.Write(new byte[8192]);
        }

        Assert.NotEqual(0, (await _node.Cli("start", "d5")).Code);
        await _node.UntilState("d5", ContainerState.Failed, seconds: 90);
        Assert.Contains("it is damaged; remove the container", (await _node.Inspect("d5")).Reason, StringComparison.Ordinal);
        _ = (await _node.Cli("rm", "-f", "d5")).Ok;
    }

    [Theory]
    [InlineData("much")]
    [InlineData("1Mi")]
    public async Task A_size_that_is_none_is_refused(string size)
    {
        Need();
        Assert.Contains("skerry.io/disk-size", (await _node.Cli("run", "--rm", "--tier", "microvm", "--annotation", "skerry.io/disk-size=" + size, _image, "true")).Failed(125), StringComparison.Ordinal);
    }

    private static void Need()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/qemu-system-x86_64"), "needs QEMU: apt-get install qemu-system-x86");
        Assert.SkipUnless(File.Exists(Path.Combine(Path.GetDirectoryName(Programs.Daemon)!, "guest", "kernel")), "needs a guest: scripts/guest");
    }

    /// <summary>What a file takes of its file system.</summary>
    private static async Task<long> Taken(string file) => long.Parse((await Running.Shell($"stat -c %b {file}")).Ok, CultureInfo.InvariantCulture) * 512;

    private Task Logged(string name, string text, int times) => Running.Until(
        async () => (await _node.Cli("logs", name)).Out.Split(text).Length > times, () => $"'{text}' is not in the log of {name} {times} times", seconds: 90);

    private async Task Runs(string name, int times)
    {
        await Running.Until(
            async () => (await _node.Cli("exec", name, "cat", "/runs")).Out == string.Concat(Enumerable.Repeat("run\n", times)), () => $"/runs has not {times} lines", seconds: 90);
    }
}
