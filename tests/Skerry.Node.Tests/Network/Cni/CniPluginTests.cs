using Skerry.Node.Network;

namespace Skerry.Node.Tests.Network.Cni;

public sealed class CniPluginTests
{
    [Fact]
    public async Task A_plugin_that_is_missing_is_named_with_the_package_before_anything_is_begun()
    {
        using var rig = Rig();
        TestPlugin.Conflist(rig.Options.ConfigDirectory, "bad", """{"type":"ok"},{"type":"nowhere"}""");
        TestPlugin.Write(Plugins(rig), "ok", $"echo ran >> {rig.Run}/ran; echo '{{}}'");
        var error = await Assert.ThrowsAsync<NetworkException>(() => rig.Join("pod-a", "bad"));
        Assert.Equal(NetworkFault.Missing, error.Fault);
        Assert.Equal("nowhere", error.Plugin);
        Assert.Contains("containernetworking-plugins", error.Next, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(rig.Run, "ran")));
        Assert.Empty(rig.Leftovers());
    }

    [Fact]
    public async Task A_plugin_that_hangs_is_killed_with_its_children_and_its_work_is_undone()
    {
        using var rig = Rig(seconds: 3);
        TestPlugin.Conflist(rig.Options.ConfigDirectory, "bad", """{"type":"hang"}""");
        TestPlugin.Write(Plugins(rig), "hang", $"[ $CNI_COMMAND = DEL ] && echo del >> {rig.Run}/del && exit 0\nsleep 1000 & echo $! > {rig.Run}/child; wait");
        var error = await Assert.ThrowsAsync<NetworkException>(() => rig.Join("pod-a", "bad"));
        Assert.Equal(NetworkFault.TimedOut, error.Fault);
        Assert.Contains("did not end within 3 s and was killed", error.Message, StringComparison.Ordinal);
        Assert.Equal("del\n", File.ReadAllText(Path.Combine(rig.Run, "del")));
        var child = File.ReadAllText(Path.Combine(rig.Run, "child")).Trim();
        Assert.True(!Directory.Exists($"/proc/{child}") || File.ReadAllText($"/proc/{child}/stat").Contains(") Z", StringComparison.Ordinal));
        Assert.Empty(rig.Leftovers());
    }

    [Theory]
    [InlineData("head -c 100000000 /dev/zero", "printed more than 1048576 bytes")]
    [InlineData("echo this is no json", "the result is not JSON")]
    [InlineData("echo '[1]'", "the result is not a JSON object")]
    [InlineData("exit 0", "the result is not JSON")]
    [InlineData("""echo '{"cniVersion":"9.9.9"}'""", "the result has cniVersion '9.9.9'")]
    [InlineData("""echo '{"cniVersion":"1.0.0","ips":[{"address":"10.0.0.1; rm -rf /"}]}'""", "is no address in CIDR form")]
    [InlineData("""echo '{"cniVersion":"1.0.0","ips":{"a":1}}'""", "'ips' is no array")]
    [InlineData("""echo '{"code":7,"msg":"bad subnet","details":"x\u001b[31m"}'; exit 1""", "bad subnet (x [31m) (code 7)")]
    [InlineData("""echo '{"code":"seven","msg":9}'; echo oops >&2; exit 3""", "exit code 3; it said: oops")]
    [InlineData("head -c 100000000 /dev/zero >&2; exit 4", "exit code 4")]
    [InlineData("kill -9 $$", "exit code 137")]
    [InlineData("""printf '{"cniVersion":"1.0.0","ips":[{"address":"\\ud800"}]}'""", "not valid Unicode")]
    [InlineData("""printf '{"code":1,"msg":"\\200"}'; exit 1""", "exit code 1")]
    public async Task A_plugin_that_misbehaves_gives_a_precise_error_and_is_undone(string script, string expected)
    {
        using var rig = Rig();
        TestPlugin.Conflist(rig.Options.ConfigDirectory, "bad", """{"type":"odd"}""");
        TestPlugin.Write(Plugins(rig), "odd", $"[ $CNI_COMMAND = DEL ] && echo del >> {rig.Run}/del && exit 0\n{script}");
        var error = await Assert.ThrowsAsync<NetworkException>(() => rig.Join("pod-a", "bad"));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("CNI plugin odd ADD for pod pod-a", error.Message, StringComparison.Ordinal);
        Assert.Equal("odd", error.Plugin);
        Assert.NotEmpty(error.Next);
        Assert.Equal("del\n", File.ReadAllText(Path.Combine(rig.Run, "del")));
        Assert.Empty(rig.Leftovers());
    }

    [Fact]
    public async Task A_cancelled_join_kills_the_plugin_and_leaves_nothing()
    {
        using var rig = new NetworkRig(options => options with { PluginDirectories = [Path.Combine(options.RunDirectory, "plugins")] });
        TestPlugin.Conflist(rig.Options.ConfigDirectory, "slow", """{"type":"slow"}""");
        TestPlugin.Write(Plugins(rig), "slow", $"[ $CNI_COMMAND = DEL ] && exit 0\nmkfifo {rig.Run}/never; echo > {rig.Run}/started; read x < {rig.Run}/never");
        using var cancel = new CancellationTokenSource();
        var pod = rig.Pod("pod-a");
        using var watch = new FileSystemWatcher(rig.Run, "started") { EnableRaisingEvents = true };
        watch.Created += (_, _) => cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rig.Network.JoinAsync(
            new NetworkRequest { PodId = "pod-a", Network = "slow", NamespacePath = pod.Network! }, cancel.Token));
        Assert.Empty(rig.Leftovers());
    }

    [Fact]
    public async Task A_result_with_a_text_that_is_no_Unicode_is_the_plugins_fault_also_where_nobody_reads_it()
    {
        using var rig = Rig();
        TestPlugin.Conflist(rig.Options.ConfigDirectory, "bad", """{"type":"odd"}""");
        TestPlugin.Write(Plugins(rig), "odd", "[ $CNI_COMMAND = DEL ] || cat <<'END'\n{\"cniVersion\":\"1.0.0\",\"x\":\"\\ud800\"}\nEND");
        var error = await Assert.ThrowsAsync<NetworkException>(() => rig.Join("pod-a", "bad"));
        Assert.Equal((NetworkFault.Failed, "odd"), (error.Fault, error.Plugin));
        Assert.Contains("not valid Unicode", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_chain_capabilities_arrive_and_delete_runs_backwards_with_the_last_result()
    {
        using var rig = Rig();
        TestPlugin.Conflist(rig.Options.ConfigDirectory, "chain", """
            {"type":"one","extra":{"kept":true}},
            {"type":"two","capabilities":{"portMappings":true,"dns":true,"bandwidth":true}}
            """);
        TestPlugin.Write(Plugins(rig), "one", $$$"""
            echo "$CNI_COMMAND one $CNI_CONTAINERID $CNI_IFNAME $CNI_ARGS $(cat)" >> {{{rig.Run}}}/log
            [ $CNI_COMMAND = ADD ] && echo '{"cniVersion":"1.0.0","ips":[{"address":"10.9.8.7/24","gateway":"10.9.8.1"}],"dns":{"nameservers":["10.9.8.1"]}}'; exit 0
            """);
        TestPlugin.Write(Plugins(rig), "two", $$$"""
            in=$(cat); echo "$CNI_COMMAND two $in" >> {{{rig.Run}}}/log
            [ $CNI_COMMAND = ADD ] && echo "$in" | jq -c .prevResult; exit 0
            """);
        var pod = rig.Pod("pod-a");
        var lease = await rig.Network.JoinAsync(
            new NetworkRequest
            {
                PodId = "pod-a",
                Network = "chain",
                NamespacePath = pod.Network!,
                Ports = [new PortRequest("", 8080, 80, "TCP")],
                Dns = new DnsSettings(["9.9.9.9"], [], []),
                Arguments = new Dictionary<string, string>(StringComparer.Ordinal) { ["K"] = "v" },
            },
            CancellationToken.None);
        Assert.Equal(new LeaseAddress("10.9.8.7/24", "10.9.8.1"), Assert.Single(lease.Addresses));
        Assert.Equal(["10.9.8.1"], lease.Dns.Servers);
        await rig.Network.LeaveAsync("pod-a", CancellationToken.None);
        var log = File.ReadAllLines(Path.Combine(rig.Run, "log"));
        Assert.Equal(["ADD one", "ADD two", "DEL two", "DEL one"], log.Select(line => line[..7]));
        Assert.StartsWith("ADD one pod-a eth0 IgnoreUnknown=1;K=v {\"type\":\"one\",\"extra\":{\"kept\":true},\"cniVersion\":\"1.0.0\",\"name\":\"chain\"}", log[0], StringComparison.Ordinal);
        Assert.Contains("\"runtimeConfig\":{\"portMappings\":[{\"hostIP\":\"\",\"hostPort\":8080,\"containerPort\":80,\"protocol\":\"tcp\"}],\"dns\":{\"servers\":[\"9.9.9.9\"]", log[1], StringComparison.Ordinal);
        Assert.Contains("\"prevResult\":{", log[1], StringComparison.Ordinal);
        Assert.All(log[2..], line => Assert.Contains("10.9.8.7/24", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_delete_that_fails_keeps_the_record_and_can_be_tried_again()
    {
        using var rig = Rig();
        TestPlugin.Conflist(rig.Options.ConfigDirectory, "bad", """{"type":"sticky"}""");
        TestPlugin.Write(Plugins(rig), "sticky", $"[ $CNI_COMMAND = ADD ] && echo '{{}}' && exit 0\n[ -e {rig.Run}/may ] || {{ echo '{{\"code\":11,\"msg\":\"busy\"}}'; exit 1; }}");
        await rig.Join("pod-a", "bad");
        var error = await Assert.ThrowsAsync<NetworkException>(() => rig.Network.LeaveAsync("pod-a", CancellationToken.None));
        Assert.Equal(11, error.Code);
        Assert.Single((await rig.Network.SweepAsync(new HashSet<string>(StringComparer.Ordinal), CancellationToken.None)).Failures);
        File.WriteAllText(Path.Combine(rig.Run, "may"), "");
        Assert.Empty((await rig.Network.SweepAsync(new HashSet<string>(StringComparer.Ordinal), CancellationToken.None)).Failures);
        Assert.Empty(rig.Leftovers());
    }

    [Fact]
    public async Task A_network_that_nobody_configured_and_one_without_ports_are_refused_with_what_to_do()
    {
        using var rig = Rig();
        TestPlugin.Conflist(rig.Options.ConfigDirectory, "plain", """{"type":"ok"}""");
        TestPlugin.Write(Plugins(rig), "ok", "echo '{}'");
        var unknown = await Assert.ThrowsAsync<NetworkException>(() => rig.Join("pod-a", "nope"));
        Assert.Equal(NetworkFault.NotFound, unknown.Fault);
        Assert.Contains("none, host, plain, bridge", unknown.Next, StringComparison.Ordinal);
        var ports = await Assert.ThrowsAsync<NetworkException>(() => rig.Join("pod-a", "plain", new PortRequest("", 80, 80, "tcp")));
        Assert.Contains("portMappings", ports.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Leftovers());
        await Assert.ThrowsAsync<NetworkException>(() => rig.Network.LeaveAsync("../../etc", CancellationToken.None));
    }

    private static NetworkRig Rig(int? seconds = null) => new(options => options with
    {
        PluginDirectories = [Path.Combine(options.RunDirectory, "plugins")],
        PluginTimeout = seconds is { } limit ? TimeSpan.FromSeconds(limit) : options.PluginTimeout,
    });

    private static string Plugins(NetworkRig rig) => Path.Combine(rig.Run, "plugins");
}
