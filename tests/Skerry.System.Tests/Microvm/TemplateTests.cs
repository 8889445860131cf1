using System.Globalization;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Microvm;

/// <summary>Machines that start from a template, by the real command line: what a cold one does, and nothing of each other.</summary>
public sealed class TemplateTests
{
    private const string Enabled = "[microvm]\nenable_template = true\n";
    private const string Made = "a template of";

    [Fact]
    [Trait("Promise", "P-50")]
    public async Task Copies_of_a_machine_share_nothing_that_tells_them_apart()
    {
        Need();
        await using var node = await TestNode.StartAsync(Enabled);
        var image = await node.PullSmall();
        await Warm(node, image);
        List<string[]> seen = [];
        foreach (var name in new[] { "t1", "t2" })
        {
            _ = (await node.Cli(
                "run", "-d", "--name", name, "--tier", "microvm", "--tmpfs", "/own", image, "sh", "-c",
                "ls /own | wc -l; touch /own/file; hostname; head -c 16 /dev/urandom | od -An -tx1; date +%s; echo up; sleep 100")).Ok;
            await Up(node, name);
            Assert.True(Machine.Of(node).IsCopy);
            seen.Add((await node.Cli("logs", name)).Ok.Split('\n'));
        }

        Assert.Equal(("0", "0"), (seen[0][0], seen[1][0]));
        Assert.Equal(("t1", "t2"), (seen[0][1], seen[1][1]));
        Assert.NotEqual(seen[0][2], seen[1][2]);
        Assert.InRange(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - long.Parse(seen[1][3], CultureInfo.InvariantCulture), -2, 120);
        Assert.Equal(3, (await node.Cli("exec", "t1", "sh", "-c", "exit 3")).Code);
    }

    [Fact]
    [Trait("Promise", "P-52")]
    public async Task A_copy_writes_to_its_own_disk_and_the_next_copy_finds_it()
    {
        Need();
        await using var node = await TestNode.StartAsync(Enabled);
        var image = await node.PullSmall();
        await Warm(node, image);
        foreach (var name in new[] { "t1", "t2" })
        {
            _ = (await node.Cli("run", "-d", "--name", name, "--tier", "microvm", image, "sh", "-c", $"echo {name} >>/own; cat /own; echo up; sleep 100")).Ok;
            await Up(node, name);
            Assert.True(Machine.Of(node).IsCopy);
        }

        _ = (await node.Cli("stop", "-t", "0", "t1")).Ok;
        _ = (await node.Cli("start", "t1")).Ok;
        await Running.Until(async () => (await node.Cli("exec", "t1", "cat", "/own")).Out == "t1\nt1\n", () => "its file is not as it was", seconds: 90);
        Assert.Equal("t2\n", (await node.Cli("exec", "t2", "cat", "/own")).Ok);
    }

    [Fact]
    [Trait("Promise", "P-51")]
    public async Task A_VMM_cannot_change_the_template_that_it_has_open()
    {
        Need();
        await using var node = await TestNode.StartAsync(Enabled);
        var image = await node.PullSmall();
        await Warm(node, image);
        _ = (await node.Cli("run", "-d", "--name", "t1", "--tier", "microvm", image, "sleep", "100")).Ok;
        await Running.Until(() => Task.FromResult(Machine.Of(node).OpenFiles().Count(static f => f.StartsWith("/memfd:memory", StringComparison.Ordinal)) == 2), () => "QEMU has not opened it", seconds: 90);

        // Root itself, through QEMU's own descriptor.
        using var file = new FileStream(Machine.Of(node).TemplateDescriptor(), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        Assert.ThrowsAny<Exception>(() => file.Write([1]));
        Assert.ThrowsAny<Exception>(() => file.SetLength(0));
    }

    [Fact]
    public async Task Pods_of_two_trust_domains_have_no_template_in_common()
    {
        Need();
        await using var node = await TestNode.StartAsync(Enabled);
        var image = await node.PullSmall();
        await Warm(node, image, "--label", "skerry.io/trust-domain=a");
        _ = (await node.Cli("run", "-d", "--name", "t1", "--tier", "microvm", "--label", "skerry.io/trust-domain=b", image, "sleep", "100")).Ok;
        Assert.False(Machine.Of(node).IsCopy);
        _ = (await node.Cli("rm", "-f", "t1")).Ok;
        await Logged(node, Made, 2);
        List<string> mapped = [];
        foreach (var domain in new[] { "a", "b", "a" })
        {
            _ = (await node.Cli("run", "-d", "--name", "t2", "--tier", "microvm", "--label", "skerry.io/trust-domain=" + domain, image, "sh", "-c", "echo up; sleep 100")).Ok;
            await Up(node, "t2");
            mapped.Add(Machine.Of(node).MappedTemplate());
            _ = (await node.Cli("rm", "-f", "t2")).Ok;
        }

        Assert.Equal(mapped[0], mapped[2]);
        Assert.NotEqual(mapped[0], mapped[1]);
    }

    [Fact]
    public async Task Copies_on_the_network_have_their_own_addresses_and_reach_each_other()
    {
        Need();
        await using var node = await TestNode.StartAsync(Enabled);
        var image = await node.PullSmall();
        await Warm(node, image, "--network", "bridge");
        _ = (await node.Cli(
            "run", "-d", "--name", "t1", "--tier", "microvm", "--network", "bridge", image, "sh", "-c",
            "mkdir /tmp/w; head -c 200000 /dev/zero > /tmp/w/index.html; cat /sys/class/net/eth0/address; echo up; httpd -f -p 80 -h /tmp/w")).Ok;
        await Up(node, "t1");
        Assert.True(Machine.Of(node).IsCopy);
        var address = (await node.Pods.InspectAsync(new InspectPodRequest { Container = "t1" })).Pod.Addresses[0].Address.Split('/')[0];
        var script = $"cat /sys/class/net/eth0/address; wget -q -O - http://{address}/ | wc -c";
        string[] other = [];
        await Running.Until(
            async () => (other = (await node.Cli("run", "--rm", "--tier", "microvm", "--network", "bridge", image, "sh", "-c", script)).Out.Split('\n')) is [_, "200000", ..],
            () => string.Join('|', other),
            seconds: 150);
        Assert.NotEqual((await node.Cli("logs", "t1")).Ok.Split('\n')[0], other[0]);
        Assert.Equal("200000", (await node.Cli("run", "--rm", "--network", "bridge", image, "sh", "-c", $"wget -q -O - http://{address}/ | wc -c")).Ok.Trim());
    }

    [Fact]
    public async Task A_template_that_cannot_be_made_is_told_and_pods_boot_cold()
    {
        Need();
        await using var node = await TestNode.StartAsync(Enabled);
        var image = await node.PullSmall();
        Directory.Delete(Path.Combine(node.Run, "templates"));
        await File.WriteAllTextAsync(Path.Combine(node.Run, "templates"), string.Empty);
        Assert.Equal("one\n", (await node.Cli("run", "--rm", "--tier", "microvm", image, "echo", "one")).Ok);
        await Logged(node, "no template of", 1);
        Assert.Equal("two\n", (await node.Cli("run", "--rm", "--tier", "microvm", image, "echo", "two")).Ok);
        Assert.Contains("boot cold", node.LogTail(int.MaxValue), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_daemon_that_is_killed_while_it_makes_a_template_leaves_nothing_and_makes_another()
    {
        Need();
        await using var node = await TestNode.StartAsync(Enabled);
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "t1", "--tier", "microvm", image, "sh", "-c", "echo up; sleep 100")).Ok;
        var templates = Path.Combine(node.Run, "templates");
        await Running.Until(() => Task.FromResult(Directory.EnumerateFiles(templates, "vm.json", SearchOption.AllDirectories).Any()), () => "no template is being made", seconds: 90);
        node.Kill9();
        await node.StartAgain();
        Assert.Empty(Directory.EnumerateFileSystemEntries(templates));
        await Up(node, "t1");
        _ = (await node.Cli("rm", "-f", "t1")).Ok;
        await Warm(node, image);
    }

    [Fact]
    public async Task A_node_that_is_stopped_while_it_makes_a_template_gives_it_up()
    {
        Need();
        await using var node = await TestNode.StartAsync(Enabled);
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "t1", "--tier", "microvm", image, "sh", "-c", "echo up; sleep 100")).Ok;
        var templates = Path.Combine(node.Run, "templates");
        await Running.Until(() => Task.FromResult(Directory.EnumerateFiles(templates, "vm.json", SearchOption.AllDirectories).Any()), () => "no template is being made", seconds: 90);
        _ = (await node.Cli("rm", "-f", "t1")).Ok;
        await node.Stop();
        Assert.Empty(Directory.EnumerateFileSystemEntries(templates));
        Assert.Empty(Leftovers.Processes(node));
    }

    private static void Need()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/qemu-system-x86_64"), "needs QEMU: apt-get install qemu-system-x86");
        Assert.SkipUnless(File.Exists(Path.Combine(Path.GetDirectoryName(Programs.Daemon)!, "guest", "kernel")), "needs a guest: scripts/guest");
    }

    /// <summary>Has the node make the template of pods like this one.</summary>
    private static async Task Warm(TestNode node, string image, params string[] options)
    {
        var before = Count(node, Made);
        Assert.Equal("cold\n", (await node.Cli(["run", "--rm", "--tier", "microvm", .. options, image, "echo", "cold"])).Ok);
        await Logged(node, Made, before + 1);
    }

    private static int Count(TestNode node, string text) => node.LogTail(int.MaxValue).Split(text).Length - 1;

    private static Task Logged(TestNode node, string text, int times) => Running.Until(() => Task.FromResult(Count(node, text) >= times), () => node.LogTail(), seconds: 90);

    private static Task Up(TestNode node, string name) => Running.Until(async () => (await node.Cli("logs", name)).Out.Contains("up\n", StringComparison.Ordinal), () => "the program is not up", seconds: 90);
}
