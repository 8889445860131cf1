using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Microvm;

/// <summary>Directories and files of the node in microVMs, by the real command line. What is alike in every tier is in Tiers/.</summary>
public sealed class VolumeTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const string Loop = "echo up; trap 'exit 0' TERM; while :; do sleep 0.05; done";
    private readonly TestNode _node = fixture.Node;
    private readonly string _image = fixture.Image;

    [Fact]
    [Trait("Promise", "P-53")]
    public async Task Nothing_of_the_node_is_reached_through_a_volume_but_the_volume()
    {
        Need();
        var shown = Shown("v1");
        await File.WriteAllTextAsync(Path.Combine(_node.Home, "secret"), "secret", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(shown, "mine"), "mine\n", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(Path.Combine(shown, "up"), "../secret");
        File.CreateSymbolicLink(Path.Combine(shown, "absolute"), Path.Combine(_node.Home, "secret"));
        File.CreateSymbolicLink(Path.Combine(shown, "process"), "/proc/1/root" + _node.Home + "/secret");
        File.CreateSymbolicLink(Path.Combine(shown, "own"), "mine");
        var script = "cd /v; for l in up absolute process own; do cat $l 2>/dev/null || echo none; done; ls -a /v/.. | grep -c secret; cat /v/../secret 2>/dev/null || echo none";
        Assert.Equal("none\nnone\nnone\nmine\n0\nnone\n", (await _node.Cli("run", "--rm", "--tier", "microvm", "-v", shown + ":/v", _image, "sh", "-c", script)).Ok);
    }

    [Fact]
    [Trait("Promise", "P-53")]
    public async Task The_server_of_volumes_has_nothing_but_them_and_no_right_to_change_those_that_are_read_only()
    {
        Need();
        var (written, fixed_) = (Shown("v2"), Shown("v2-fixed"));
        _ = (await _node.Cli("run", "-d", "--name", "v2", "--tier", "microvm", "-v", written + ":/rw", "-v", fixed_ + ":/ro:ro", _image, "sh", "-c", Loop)).Ok;
        await Up("v2");
        var server = Machine.ServerOf(_node);
        var status = server.Status();
        Assert.Equal("00000000880000db", status["CapEff"]);
        Assert.Equal("1", status["NoNewPrivs"]);
        Assert.Equal("2", status["Seccomp"]);
        Assert.NotEqual("0", status["Uid"].Split('\t')[0]);

        Assert.Equal("0000000000000000", status["CapBnd"]);

        // All that is mounted where it can go are the volumes, and what the guest's kernel would ask for if it were taken over the mount refuses.
        var mounts = server.Mounts();
        Assert.Equal(2, mounts.Count);
        Assert.Equal(mounts.Select(static m => m.Place).Order(StringComparer.Ordinal), server.Entries(string.Empty).Select(static e => "/" + e));
        var (place, options) = Assert.Single(mounts, static m => m.Options.Contains("ro"));
        Assert.Contains("noexec", options);
        var error = Assert.ThrowsAny<IOException>(() => File.WriteAllText(server.PathOf(place + "/by-the-server"), "x"));
        Assert.Contains("Read-only", error.Message, StringComparison.Ordinal);

        // Its jail has nothing else but its own program and what belongs to the kernel.
        Assert.All(server.Parent().Mounts(), static m => Assert.Matches("^(/|/proc.*|/dev.*|/sys.*|/run/skerry/share|/run/skerry/volumes/[0-9a-f]{32})$", m.Place));
        Assert.Equal(["skerry-vmm", "virtiofsd"], server.Parent().Entries("bin"));
        Assert.Equal("0000000000000000", Machine.Of(_node).Status()["CapEff"]);
        Assert.DoesNotContain("volumes", Machine.Of(_node).Entries("run/skerry"));
        _ = (await _node.Cli("rm", "-f", "v2")).Ok;
    }

    [Fact]
    [Trait("Promise", "P-53")]
    public async Task Both_sides_see_at_once_what_the_other_changes()
    {
        Need();
        var shown = Shown("v3");
        _ = (await _node.Cli("run", "-d", "--name", "v3", "--tier", "microvm", "-v", shown + ":/v", _image, "sh", "-c", Loop)).Ok;
        await Up("v3");
        for (var round = 0; round < 5; round++)
        {
            await File.WriteAllTextAsync(Path.Combine(shown, "f"), new string('n', round + 1), TestContext.Current.CancellationToken);
            Assert.Equal(new string('n', round + 1), (await _node.Cli("exec", "v3", "cat", "/v/f")).Ok);
            _ = (await _node.Cli("exec", "-u", "app", "v3", "sh", "-c", $"echo {round} 2>/dev/null >/v/g || echo refused")).Ok;
            _ = (await _node.Cli("exec", "v3", "sh", "-c", $"echo {round} >/v/h; chown 1000:1000 /v/h")).Ok;
            Assert.Equal($"{round}\n", await File.ReadAllTextAsync(Path.Combine(shown, "h"), TestContext.Current.CancellationToken));
            Assert.Equal("1000\n", (await Running.Shell($"stat -c %u {shown}/h")).Ok);
            File.Delete(Path.Combine(shown, "h"));
            Assert.Equal("f\n", (await _node.Cli("exec", "v3", "ls", "/v")).Ok);
        }

        _ = (await _node.Cli("rm", "-f", "v3")).Ok;
    }

    [Fact]
    public async Task A_server_that_is_killed_ends_the_machine_with_the_reason_and_a_restart_brings_both_anew()
    {
        Need();
        var shown = Shown("v4");
        _ = (await _node.Cli("run", "-d", "--name", "v4", "--tier", "microvm", "--restart", "always", "-v", shown + ":/v", _image, "sh", "-c", "echo run >>/v/runs; " + Loop)).Ok;
        await Up("v4");
        _node.Kill9();
        Machine.ServerOf(_node).KillVmm();
        await _node.StartAgain();
        await Running.Until(async () => (await _node.Cli("logs", "v4")).Out.Split("up").Length == 3, () => "its program is not up again", seconds: 90);
        Assert.Contains("the server of its volumes ended", (await _node.Cli("logs", "v4")).Error + (await _node.Cli("logs", "v4")).Out, StringComparison.Ordinal);
        Assert.Equal("run\nrun\n", await File.ReadAllTextAsync(Path.Combine(shown, "runs"), TestContext.Current.CancellationToken));
        _ = (await _node.Cli("rm", "-f", "v4")).Ok;
        Assert.Throws<InvalidOperationException>(() => Machine.ServerOf(_node));
    }

    [Fact]
    public async Task A_machine_with_volumes_boots_where_others_are_copies()
    {
        Need();
        await using var node = await TestNode.StartAsync("[microvm]\nenable_template = true\n");
        var image = await node.PullSmall();
        var said = await node.Cli("run", "--rm", "--tier", "microvm", "-v", "named:/v", image, "sh", "-c", "echo mine >/v/f; cat /v/f");
        Assert.Equal("mine\n", said.Ok);
    }

    [Fact]
    public async Task Volumes_are_refused_where_nothing_can_show_them_and_where_they_would_be_less_than_was_asked()
    {
        Need();
        Assert.Contains("rslave", (await _node.Cli("run", "--rm", "--tier", "microvm", "-v", Shown("v5") + ":/v:rslave", _image, "true")).Failed(125), StringComparison.Ordinal);
        await using var none = await TestNode.StartAsync("[microvm]\nshared_fs = \"none\"\n");
        var image = await none.PullSmall();
        Assert.Contains("shared_fs", (await none.Cli("run", "--rm", "--tier", "microvm", "-v", "named:/v", image, "true")).Failed(125), StringComparison.Ordinal);
        await using var missing = await TestNode.StartAsync("[microvm]\nvirtio_fs_daemon = \"/nowhere/virtiofsd\"\n");
        Assert.Contains("apt install qemu-system-common", (await missing.Cli("run", "--rm", "--tier", "microvm", "-v", "named:/v", await missing.PullSmall(), "true")).Failed(125), StringComparison.Ordinal);
    }

    private static void Need()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/qemu-system-x86_64"), "needs QEMU: apt-get install qemu-system-x86");
        Assert.SkipUnless(File.Exists(Path.Combine(Path.GetDirectoryName(Programs.Daemon)!, "guest", "kernel")), "needs a guest: scripts/guest");
    }

    private string Shown(string name) => Directory.CreateDirectory(Path.Combine(_node.Home, name)).FullName;

    private Task Up(string name) => Running.Until(async () => (await _node.Cli("logs", name)).Out.Contains("up\n", StringComparison.Ordinal), () => "the program is not up", seconds: 90);
}
