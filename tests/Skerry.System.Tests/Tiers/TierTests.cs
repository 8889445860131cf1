using System.Text.Json;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Tiers;

/// <summary>How pods of a real node get their tiers, keep them and lose them.</summary>
public sealed class TierTests
{
    private const string Runsc = "/usr/bin/runsc";

    /// <summary>Settings behind [runtime] without which a stronger tier would do where the sandbox does not.</summary>
    private const string NoMachines = "[microvm]\npath = \"/nowhere/qemu\"\n";

    [Fact]
    [Trait("Promise", "P-70")]
    public async Task A_pod_that_asks_for_nothing_gets_a_tier_at_once_and_the_reason_says_what_was_set_aside()
    {
        await using var node = await TestNode.StartAsync("[runtime]\nsandbox = \"/nowhere/runsc\"\n" + NoMachines);
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "a1", image, "sleep", "100")).Ok;
        var pod = (await node.List())["a1"];
        Assert.Equal("process", pod.Tier);
        Assert.Contains("sandbox", pod.TierReason, StringComparison.Ordinal);
        Assert.Contains("hardened container", pod.TierReason, StringComparison.Ordinal);
        using var plan = JsonDocument.Parse((await node.Cli("run", "--dry-run", "-o", "json", image)).Ok);
        Assert.Equal("process", plan.RootElement.GetProperty("tier").GetString());
        Assert.True(plan.RootElement.GetProperty("imagesKnown").GetBoolean());
        Assert.Contains("microvm", plan.RootElement.GetProperty("considered").EnumerateArray().Select(static c => c.GetProperty("tier").GetString()));

        // A dry run makes nothing and pulls nothing.
        Assert.Contains("not on this node", (await node.Cli("run", "--dry-run", "r.example/never/pulled:1")).Ok, StringComparison.Ordinal);
        Assert.Equal(["a1"], (await node.List()).Keys);
    }

    [Fact]
    [Trait("Promise", "P-70")]
    public async Task A_minimum_is_met_or_refused_with_what_to_do()
    {
        await using var node = await TestNode.StartAsync("[runtime]\nsandbox = \"/nowhere/runsc\"\n" + NoMachines);
        var image = await node.PullSmall();
        var refused = (await node.Cli("run", "--rm", "--min-tier", "sandbox", image, "true")).Failed(125);
        Assert.Contains("no tier that is at least sandbox can be had", refused, StringComparison.Ordinal);
        Assert.Contains("runsc", refused, StringComparison.Ordinal);
        Assert.Contains("no tier that is at least sandbox", (await node.Cli("run", "--rm", "--annotation", "skerry.io/minimum-tier=sandbox", image, "true")).Failed(125), StringComparison.Ordinal);
        Assert.Contains("contradict", (await node.Cli("run", "--rm", "--min-tier", "process", "--annotation", "skerry.io/minimum-tier=sandbox", image, "true")).Failed(125), StringComparison.Ordinal);
        Assert.Contains("refused", (await node.Cli("run", "--dry-run", "--min-tier", "sandbox", image)).Out, StringComparison.Ordinal);
        _ = (await node.Cli("run", "--rm", "--min-tier", "process", image, "true")).Ok;
        _ = (await node.Cli("run", "--rm", "--annotation", "skerry.io/tier=process", image, "true")).Ok;
        Assert.Contains("'castle' is not a tier", (await node.Cli("run", "--rm", "--annotation", "skerry.io/tier=castle", image, "true")).Failed(125), StringComparison.Ordinal);
        Assert.Empty(await node.List());
    }

    [Fact]
    [Trait("Promise", "P-71")]
    public async Task A_trusted_execution_environment_that_this_machine_lacks_is_refused_with_the_reason()
    {
        Assert.SkipWhen(File.Exists("/dev/sev") || File.Exists("/dev/sgx_enclave"), "this machine has a trusted execution environment");
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        var refused = (await node.Cli("run", "--rm", "--tee", "sev-snp", image, "true")).Failed(125);
        Assert.Contains("the pod needs sev-snp, and this machine has none: sev-snp: the processor", refused, StringComparison.Ordinal);
        Assert.Contains("next:", refused, StringComparison.Ordinal);
        Assert.Contains("none of sev, sev-snp, tdx, sgx or any", (await node.Cli("run", "--rm", "--annotation", "skerry.io/tee=magic", image, "true")).Failed(125), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-74")]
    public async Task A_VMM_that_is_removed_or_installed_is_noticed_without_being_asked_to_look()
    {
        const string Qemu = "/usr/bin/qemu-system-x86_64";
        Assert.SkipUnless(File.Exists(Qemu), "needs QEMU: apt-get install qemu-system-x86");
        var home = $"/tmp/skerry-tiers-{Environment.ProcessId}-vmm";
        Directory.CreateDirectory(Path.Combine(home, "bin"));
        Directory.CreateSymbolicLink(Path.Combine(home, "share"), "/usr/share");
        Directory.CreateSymbolicLink(Path.Combine(home, "lib"), "/usr/lib");
        var copy = Path.Combine(home, "bin", "qemu-system-x86_64");
        await using var node = await TestNode.StartAsync($"[runtime]\nqemu = \"{copy}\"\n[microvm]\npath = \"{copy}\"\n", home: home);
        _ = (await node.Cli("node", "--probe")).Ok;
        Assert.Equal((false, false), await Tiers());
        File.Copy(Qemu, copy);
        File.SetUnixFileMode(copy, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        _ = (await node.Cli("node", "--probe")).Ok;
        Assert.Equal((true, true), await Tiers());
        File.Delete(copy);
        await Running.Until(async () => await Tiers() == (false, false), () => "it is not noticed", seconds: 60);

        async Task<(bool Microvm, bool Unikernel)> Tiers()
        {
            using var said = JsonDocument.Parse((await node.Cli("node", "-o", "json")).Ok);
            bool Has(string name) => said.RootElement.GetProperty("capabilities").EnumerateArray()
                .Single(c => c.GetProperty("group").GetString() == "tier" && c.GetProperty("name").GetString() == name).GetProperty("available").GetBoolean();
            return (Has("microvm"), Has("unikernel"));
        }
    }

    [Fact]
    [Trait("Promise", "P-74")]
    public async Task A_device_that_is_taken_away_is_noticed_without_being_asked_to_look()
    {
        Assert.SkipUnless(File.Exists("/dev/kvm"), "needs /dev/kvm");
        await using var node = await TestNode.StartAsync(ownBootId: true);
        Assert.Contains("million instructions a second", await Kvm(), StringComparison.Ordinal);
        await Running.Shell($"nsenter -t {node.Pid} -m mount --bind /dev/null /dev/kvm");
        Assert.Contains("KVM_GET_API_VERSION", await Kvm(), StringComparison.Ordinal);
        await Running.Shell($"nsenter -t {node.Pid} -m umount /dev/kvm");
        Assert.Contains("million instructions a second", await Kvm(), StringComparison.Ordinal);

        async Task<string> Kvm()
        {
            using var said = JsonDocument.Parse((await node.Cli("node", "-o", "json")).Ok);
            var kvm = said.RootElement.GetProperty("capabilities").EnumerateArray().Single(static c => c.GetProperty("name").GetString() == "kvm");
            return kvm.GetProperty("detail").GetString() + kvm.GetProperty("reason").GetString();
        }
    }

    [Fact]
    [Trait("Promise", "P-73")]
    public async Task A_pod_whose_tier_is_taken_away_falls_to_its_minimum_and_no_further_and_the_fall_is_recorded()
    {
        Assert.SkipUnless(File.Exists(Runsc), "needs gVisor: apt-get install runsc");
        var home = $"/tmp/skerry-tiers-{Environment.ProcessId}";
        Directory.CreateDirectory(home);
        var copy = Path.Combine(home, "runsc");
        File.Copy(Runsc, copy, overwrite: true);
        await using var node = await TestNode.StartAsync($"[runtime]\nsandbox = \"{copy}\"\n{NoMachines}", home: home);
        var image = await node.PullSmall();
        string[] loop = ["sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.05; done"];
        _ = (await node.Cli(["run", "-d", "--name", "may", "--tier", "sandbox", "--min-tier", "process", "--restart", "always", image, .. loop])).Ok;
        _ = (await node.Cli(["run", "-d", "--name", "must", "--min-tier", "sandbox", "--restart", "always", image, .. loop])).Ok;
        _ = (await node.Cli(["run", "-d", "--name", "named", "--tier", "sandbox", "--restart", "always", image, .. loop])).Ok;
        Assert.All((await node.List()).Values, static pod => Assert.Equal("sandbox", pod.Tier));

        // The tier goes; what runs in it ends.
        File.Delete(copy);
        foreach (var name in new[] { "may", "must", "named" })
        {
            var container = await node.Inspect(name);
            await Running.Shell($"kill -KILL {container.Pid}");
        }

        var moved = await node.UntilState("may", ContainerState.Running, static c => c.Tier == "process", seconds: 60);
        Assert.Equal("process", moved.Tier);
        var pods = await node.List();
        Assert.Contains("sandbox broke", pods["may"].TierReason, StringComparison.Ordinal);
        foreach (var name in new[] { "must", "named" })
        {
            await node.UntilState(name, ContainerState.Waiting, static c => c.Reason.Contains("runsc is not there", StringComparison.Ordinal), seconds: 60);
            Assert.Equal("sandbox", pods[name].Tier);
        }

        Assert.Contains("names tier sandbox and declares no minimum", (await node.Inspect("named")).Reason, StringComparison.Ordinal);
        Assert.Contains("at least sandbox", (await node.Inspect("must")).Reason, StringComparison.Ordinal);

        // Said to who watches, in the log, and to who asks after the daemon was killed.
        Assert.Contains("moved from tier sandbox to process", node.LogTail(int.MaxValue), StringComparison.Ordinal);
        node.Kill9();
        await node.StartAgain();
        var events = (await node.Cli("events", "--follow=false", "-o", "json")).Ok;
        Assert.Contains("pod.tier", events, StringComparison.Ordinal);
        var falls = events.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static l => l.Contains("pod.tier", StringComparison.Ordinal)).ToList();
        Assert.Equal(["may", "must", "named"], falls.Select(static l => JsonDocument.Parse(l).RootElement.GetProperty("podName").GetString()!).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal("process", (await node.List())["may"].Tier);
        foreach (var name in new[] { "may", "must", "named" })
        {
            _ = (await node.Cli("rm", "-f", name)).Ok;
        }
    }

    [Fact]
    [Trait("Promise", "P-73")]
    public async Task A_tier_that_breaks_twice_in_a_row_is_left_only_by_who_declares_a_minimum()
    {
        Assert.SkipUnless(File.Exists(Runsc), "needs gVisor: apt-get install runsc");
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "may", "--tier", "sandbox", "--min-tier", "process", "--restart", "always", image, "sleep", "100")).Ok;
        _ = (await node.Cli("run", "-d", "--name", "named", "--tier", "sandbox", "--restart", "always", image, "sleep", "100")).Ok;
        foreach (var name in new[] { "may", "named" })
        {
            for (var round = 0; round < 2; round++)
            {
                // Without its monitor a container has no end that could be told: the tier broke, not the program.
                var container = await node.UntilState(name, ContainerState.Running);
                await Running.Shell($"kill -KILL $(sed -n 's/^PPid:\\t//p' /proc/{container.Pid}/status)");
                var restarts = container.Restarts;
                await node.UntilState(name, ContainerState.Running, c => c.Restarts > restarts, seconds: 60);
            }
        }

        var pods = await node.List();
        Assert.Equal(("process", "sandbox"), (pods["may"].Tier, pods["named"].Tier));
        Assert.Contains("2 times in a row", pods["may"].TierReason, StringComparison.Ordinal);
        foreach (var name in new[] { "may", "named" })
        {
            _ = (await node.Cli("rm", "-f", name)).Ok;
        }
    }

    [Fact]
    [Trait("Promise", "P-72")]
    public async Task A_lattice_of_the_users_own_is_in_force_and_a_wrong_one_keeps_the_daemon_from_starting()
    {
        await using var node = await TestNode.StartAsync("[runtime]\nsandbox = \"/nowhere/runsc\"\n" + NoMachines);
        var image = await node.PullSmall();
        var lattice = (await node.Cli("node", "--lattice")).Ok;
        var file = Path.Combine(node.Home, "policies", "tiers.toml");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, lattice.Replace("auto_minimum = \"process\"", "auto_minimum = \"sandbox\"", StringComparison.Ordinal));
        await node.Stop();
        await node.StartAgain();
        Assert.Contains("as the lattice wants", (await node.Cli("run", "--rm", image, "true")).Failed(125), StringComparison.Ordinal);
        Assert.Equal(await File.ReadAllTextAsync(file), (await node.Cli("node", "--lattice")).Ok);

        await node.Stop();
        await File.WriteAllTextAsync(file, lattice.Replace("strength = 10", "strenght = 10", StringComparison.Ordinal));
        node.StartOnly();
        var (code, log) = await node.WaitForEnd();
        Assert.Equal(1, code);
        Assert.Contains(file + ": line ", log, StringComparison.Ordinal);
        Assert.Contains("'strenght' is no key of [tier.process]", log, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Fact]
    [Trait("Promise", "P-70")]
    public async Task A_trusted_image_gets_the_trusted_tier_and_kvm_is_judged_by_a_guest_that_runs()
    {
        await using var node = await TestNode.StartAsync($"[tiers]\ntrusted = [\"{await TestRegistry.Host()}/*\"]\n");
        var image = await node.PullSmall();
        Assert.Contains("its images are trusted", (await node.Cli("run", "--dry-run", image)).Ok, StringComparison.Ordinal);
        using var said = JsonDocument.Parse((await node.Cli("node", "-o", "json")).Ok);
        var device = said.RootElement.GetProperty("device");
        Assert.Equal("built in", device.GetProperty("lattice").GetString());
        var kvm = said.RootElement.GetProperty("capabilities").EnumerateArray().Single(static c => c.GetProperty("name").GetString() == "kvm");
        if (File.Exists("/dev/kvm"))
        {
            Assert.True(device.GetProperty("kvmInstructionsPerSecond").GetInt64() > 0, kvm.ToString());
            Assert.Contains("million instructions", kvm.GetProperty("detail").GetString() + kvm.GetProperty("reason").GetString(), StringComparison.Ordinal);
        }
    }
}
