using System.Globalization;
using Skerry.Linux.Processes;
using Skerry.Node.Network;

namespace Skerry.Node.Tests.Network;

/// <summary>
/// A daemon (another process of this test program) is killed with SIGKILL by a plugin in the middle of a join or leave, at each step
/// in turn; then a new one sweeps, and nothing may be left.
/// </summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const string VictimVariable = "SKERRY_NETWORK_VICTIM";

    [Theory]
    [InlineData("ADD:bridge:before")]
    [InlineData("ADD:host-local:before")]
    [InlineData("ADD:host-local:after")]
    [InlineData("ADD:bridge:after")]
    [InlineData("ADD:portmap:before")]
    [InlineData("ADD:portmap:after")]
    [InlineData("ADD:firewall:after")]
    [InlineData("DEL:firewall:before")]
    [InlineData("DEL:portmap:after")]
    [InlineData("DEL:host-local:after")]
    [InlineData("DEL:bridge:after")]
    [InlineData("never")]
    public async Task A_daemon_that_is_killed_at_any_step_leaves_nothing_after_the_sweep(string killAt)
    {
        using var rig = new NetworkRig(options => options with { ForwardRules = ForwardRules.Plugin });
        var plugins = Directory.CreateDirectory(Path.Combine(rig.Run, "plugins")).FullName;
        foreach (var name in (ReadOnlySpan<string>)["bridge", "host-local", "portmap", "firewall"])
        {
            // The plugin goes on after it killed its daemon, as a real one would.
            TestPlugin.Write(plugins, name, $"""
                at() [ "$CNI_COMMAND:{name}:$1" = '{killAt}' ]
                at before && kill -9 "$(cat {rig.Run}/victim.pid)"
                at before && sleep 0.2
                {NetworkRig.RealPlugins}/{name} > {rig.Run}/out.$$; code=$?
                at after && kill -9 "$(cat {rig.Run}/victim.pid)"
                cat {rig.Run}/out.$$; rm {rig.Run}/out.$$
                exit $code
                """);
        }

        await rig.Join("witness", new PortRequest("", 9000, 80, "tcp")); // lives on, untouched
        rig.Pod("victim");
        using (var child = Spawn.Start(new SpawnRequest
        {
            Path = Environment.ProcessPath!,
            Arguments = ["-method", $"{typeof(CrashTests).FullName}.{nameof(The_victim)}", "-explicit", "only"],
            Environment = [.. SpawnRequest.DefaultEnvironment, $"{VictimVariable}={rig.Run}\n{rig.Options.HostNamespace}", $"DOTNET_ROOT={Path.GetDirectoryName(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")) ?? Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? string.Empty}", $"HOME={rig.Run}"],
        }))
        {
            var code = child.Wait(TimeSpan.FromMinutes(2));
            output.WriteLine($"the victim ended with {code}; records: {string.Join(' ', Directory.EnumerateFiles(Path.Combine(rig.Options.StateDirectory, "pods")).Select(Path.GetFileName))}");
            Assert.Equal(string.Equals(killAt, "never", StringComparison.Ordinal) ? 0 : 137, code);
        }

        rig.Restart();
        var sweep = await rig.Network.SweepAsync(new HashSet<string>(StringComparer.Ordinal) { "witness" }, CancellationToken.None);
        Assert.Empty(sweep.Failures);
        using (var greeter = rig.Greeter("witness", 80))
        {
            Assert.Equal("witness", rig.OnHost(() => NetworkRig.Ask(System.Net.IPAddress.Loopback, 9000)));
        }

        // The port is free again, and the address store too.
        await rig.Join("victim", new PortRequest("", 9001, 80, "tcp"));
        await rig.Network.LeaveAsync("victim", CancellationToken.None);
        await rig.Network.LeaveAsync("witness", CancellationToken.None);
        Assert.Empty(rig.Leftovers());
    }

    [Fact(Explicit = true)]
    public async Task The_victim()
    {
        var told = Environment.GetEnvironmentVariable(VictimVariable);
        Assert.SkipWhen(told is null, "is started by the tests above");
        var run = told!.Split('\n')[0];
        File.WriteAllText(Path.Combine(run, "victim.pid"), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        using var network = new PodNetwork(
            new NetworkOptions
            {
                NodeInstance = run,
                RunDirectory = run,
                ConfigDirectory = Path.Combine(run, "net.d"),
                HostNamespace = told.Split('\n')[1],
                PluginDirectories = [Path.Combine(run, "plugins")],
                DefaultNetwork = BuiltInNetwork.Name,
                ForwardRules = ForwardRules.Plugin,
            },
            Microsoft.Extensions.Logging.Abstractions.NullLogger<PodNetwork>.Instance,
            TimeProvider.System);
        await network.JoinAsync(
            new NetworkRequest { PodId = "victim", NamespacePath = Path.Combine(run, "ns", "victim", "net"), Ports = [new PortRequest("", 9001, 80, "tcp")] },
            CancellationToken.None);
        await network.LeaveAsync("victim", CancellationToken.None);
    }

    [Fact]
    public async Task A_record_that_a_power_cut_emptied_is_undone_by_the_pods_id()
    {
        using var rig = new NetworkRig();
        await rig.Join("pod-a", new PortRequest("", 9000, 80, "tcp"));
        File.WriteAllText(Path.Combine(rig.Options.StateDirectory, "pods", "pod-a.json"), "");
        rig.Forget("pod-a");
        rig.Restart();
        var sweep = await rig.Network.SweepAsync(new HashSet<string>(StringComparer.Ordinal), CancellationToken.None);
        Assert.Equal(["pod-a"], sweep.Released);
        Assert.Empty(rig.Leftovers());
    }

    [Fact]
    public async Task A_join_that_was_killed_before_its_record_leaves_a_lock_that_the_sweep_removes()
    {
        using var rig = new NetworkRig();
        await rig.Join("pod-a");
        File.WriteAllText(Path.Combine(rig.Options.StateDirectory, "pods", "pod-b.lock"), "");
        var sweep = await rig.Network.SweepAsync(new HashSet<string>(StringComparer.Ordinal) { "pod-a" }, CancellationToken.None);
        Assert.Empty(sweep.Released);
        Assert.False(File.Exists(Path.Combine(rig.Options.StateDirectory, "pods", "pod-b.lock")));
        Assert.NotNull(rig.Network.Find("pod-a"));
    }

    [Fact]
    public async Task An_address_without_a_record_is_given_back()
    {
        using var rig = new NetworkRig();
        await rig.Join("pod-a");
        File.Delete(Path.Combine(rig.Options.StateDirectory, "pods", "pod-a.json"));
        rig.Forget("pod-a");
        var sweep = await rig.Network.SweepAsync(new HashSet<string>(StringComparer.Ordinal), CancellationToken.None);
        Assert.Equal(2, sweep.Addresses);
    }
}
