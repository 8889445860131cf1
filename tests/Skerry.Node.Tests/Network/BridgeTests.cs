using System.Net;
using System.Net.Sockets;
using Skerry.Node.Network;

namespace Skerry.Node.Tests.Network;

public sealed class BridgeTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Two_pods_talk_to_each_other_and_to_the_host_over_both_families()
    {
        using var rig = new NetworkRig();
        var a = await rig.Join("pod-a");
        var b = await rig.Join("pod-b");
        using var greeterA = rig.Greeter("pod-a", 80);
        using var greeterB = rig.Greeter("pod-b", 80);
        Assert.Equal(2, a.Addresses.Count);
        Assert.Equal("eth0", a.Interface);
        Assert.NotEqual(string.Empty, a.Mac);
        Assert.StartsWith("veth", a.HostInterface, StringComparison.Ordinal);
        foreach (var address in b.Addresses)
        {
            Assert.Equal("pod-b", rig.In("pod-a", () => NetworkRig.Ask(NetworkRig.Bare(address), 80)));
            Assert.Equal("pod-b", rig.OnHost(() => NetworkRig.Ask(NetworkRig.Bare(address), 80)));
        }

        foreach (var address in a.Addresses)
        {
            Assert.Equal("pod-a", rig.In("pod-b", () => NetworkRig.Ask(NetworkRig.Bare(address), 80)));
            using var listener = rig.OnHost(() =>
            {
                var gateway = IPAddress.Parse(address.Gateway);
                var socket = new Socket(gateway.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(gateway, 9999));
                socket.Listen();
                return socket;
            });
            Assert.True(rig.In("pod-a", () =>
            {
                using var socket = new Socket(listener.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                socket.Connect(listener.LocalEndPoint!);
                return socket.Connected;
            }));
        }

        Assert.Equal("pod-a", rig.In("pod-a", () => NetworkRig.Ask(IPAddress.Loopback, 80)));
        Assert.Equal("pod-a", rig.In("pod-a", () => NetworkRig.Ask(IPAddress.IPv6Loopback, 80)));
    }

    [Fact]
    public async Task A_pod_reaches_the_outside_with_the_hosts_address_and_published_ports_are_reached_from_there()
    {
        using var rig = new NetworkRig();
        using var outside = new OutsideHost(rig);
        var lease = await rig.Join("pod-a", new PortRequest("", 8080, 80, "tcp"), new PortRequest("", 8053, 53, "udp"));
        using var greeter = rig.Greeter("pod-a", 80);
        using var udp = rig.UdpGreeter("pod-a", 53);
        foreach (var host in OutsideHost.HostAddresses)
        {
            Assert.Equal("pod-a", outside.Do(() => NetworkRig.Ask(host, 8080)));
            Assert.Equal("pod-a", outside.Do(() => NetworkRig.AskUdp(host, 8053)));
        }

        foreach (var (far, host) in OutsideHost.Addresses.Zip(OutsideHost.HostAddresses))
        {
            using var listener = outside.Do(() =>
            {
                var socket = new Socket(far.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(far, 7777));
                socket.Listen();
                return socket;
            });
            using var from = rig.In("pod-a", () =>
            {
                var socket = new Socket(far.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                socket.Connect(new IPEndPoint(far, 7777));
                return socket;
            });
            using var seen = await listener.AcceptAsync();
            Assert.Equal(host, ((IPEndPoint)seen.RemoteEndPoint!).Address);
        }

        Assert.Equal([8080, 8053], lease.Ports.Select(port => port.HostPort));
    }

    [Fact]
    public async Task Published_ports_are_reached_from_the_host_at_loopback_and_from_other_pods_and_from_the_pod_itself()
    {
        using var rig = new NetworkRig();
        var lease = await rig.Join("pod-a", new PortRequest("", 8080, 80, "tcp"), new PortRequest("127.0.0.1", 8081, 80, "tcp"));
        await rig.Join("pod-b");
        using var greeter = rig.Greeter("pod-a", 80);
        Assert.Equal("pod-a", rig.OnHost(() => NetworkRig.Ask(IPAddress.Loopback, 8080)));
        Assert.Equal("pod-a", rig.OnHost(() => NetworkRig.Ask(IPAddress.Loopback, 8081)));
        foreach (var address in lease.Addresses)
        {
            var gateway = IPAddress.Parse(address.Gateway);
            Assert.Equal("pod-a", rig.OnHost(() => NetworkRig.Ask(gateway, 8080)));
            Assert.Equal("pod-a", rig.In("pod-b", () => NetworkRig.Ask(gateway, 8080)));
            Assert.Equal("pod-a", rig.In("pod-a", () => NetworkRig.Ask(gateway, 8080)));
        }
    }

    [Fact]
    public async Task A_pod_cannot_reach_the_hosts_loopback_through_the_bridge()
    {
        using var rig = new NetworkRig();
        var lease = await rig.Join("pod-a", new PortRequest("", 8080, 80, "tcp"));
        using var secret = rig.OnHost(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 6666));
            socket.Listen();
            return socket;
        });
        Assert.Contains("= 1", rig.Shell($"sysctl net.ipv4.conf.{rig.Options.Bridge}.route_localnet"), StringComparison.Ordinal);

        // A pod with CAP_NET_ADMIN in its own namespace sends packets for 127.0.0.1 to the bridge (the way of CVE-2020-8558).
        rig.ShellIn("pod-a", $"""
            echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet; ip rule add pref 1 lookup 77; ip rule del pref 0; ip rule add pref 2 lookup local
            ip route add table 77 127.0.0.1/32 via {lease.Addresses[0].Gateway} dev eth0 src {NetworkRig.Bare(lease.Addresses[0])}
            """);
        var reached = rig.In("pod-a", () =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(NetworkRig.Bare(lease.Addresses[0]), 0));
            try
            {
                return socket.ConnectAsync(IPAddress.Loopback, 6666).Wait(TimeSpan.FromSeconds(2));
            }
            catch (AggregateException)
            {
                return false;
            }
        });
        Assert.False(reached);
        Assert.Contains("drop", rig.Shell($"nft list table inet skerry_{rig.Options.ShortId}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pods_get_through_a_forward_chain_that_drops_by_policy()
    {
        using var rig = new NetworkRig();
        using var outside = new OutsideHost(rig);
        rig.Shell("iptables -P FORWARD DROP; ip6tables -P FORWARD DROP");
        await rig.Join("pod-a", new PortRequest("", 8080, 80, "tcp"));
        using var greeter = rig.Greeter("pod-a", 80);
        foreach (var host in OutsideHost.HostAddresses)
        {
            Assert.Equal("pod-a", outside.Do(() => NetworkRig.Ask(host, 8080)));
        }
    }

    [Fact]
    public async Task Fifty_pods_that_join_at_once_get_different_addresses_and_leave_nothing_behind()
    {
        using var rig = new NetworkRig();
        var ids = Enumerable.Range(0, 50).Select(i => $"pod-{i}").ToList();
        foreach (var id in ids)
        {
            rig.Pod(id, users: false);
        }

        var begin = TimeProvider.System.GetTimestamp();
        var leases = await Task.WhenAll(ids.Select((id, i) => i % 5 == 0 ? rig.Join(id, new PortRequest("", 0, 80, "tcp")) : rig.Join(id)));
        output.WriteLine($"50 joins at once: {TimeProvider.System.GetElapsedTime(begin).TotalMilliseconds:0} ms");
        Assert.Equal(100, leases.SelectMany(lease => lease.Addresses).Select(address => address.Address).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(10, leases.SelectMany(lease => lease.Ports).Select(port => port.HostPort).Distinct().Count());
        begin = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(ids.Select(id => rig.Network.LeaveAsync(id, CancellationToken.None)));
        output.WriteLine($"50 leaves at once: {TimeProvider.System.GetElapsedTime(begin).TotalMilliseconds:0} ms");
        Assert.Empty(rig.Leftovers());
    }

    [Fact]
    public async Task Leaving_twice_or_without_a_namespace_is_no_error()
    {
        using var rig = new NetworkRig();
        await rig.Join("pod-a", new PortRequest("", 8080, 80, "tcp"));
        await rig.Join("pod-b", new PortRequest("", 8081, 80, "udp"));
        await rig.Network.LeaveAsync("pod-a", CancellationToken.None);
        await rig.Network.LeaveAsync("pod-a", CancellationToken.None);
        await rig.Network.LeaveAsync("never-was", CancellationToken.None);
        rig.Forget("pod-b");
        await rig.Network.LeaveAsync("pod-b", CancellationToken.None);
        Assert.Empty(rig.Leftovers());
        Assert.True(await rig.Network.TearDownAsync());
        Assert.DoesNotContain(rig.Options.Bridge, rig.Shell("ip link; nft list tables; iptables-save"), StringComparison.Ordinal);
        Assert.DoesNotContain("skerry", rig.Shell("nft list tables; iptables-save; ip6tables-save"), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_join_after_a_restart_keeps_leases_ports_and_the_prefix()
    {
        using var rig = new NetworkRig();
        var before = await rig.Join("pod-a", new PortRequest("", 8080, 80, "tcp"));
        rig.Restart();
        var sweep = await rig.Network.SweepAsync(new HashSet<string>(StringComparer.Ordinal) { "pod-a" }, CancellationToken.None);
        Assert.Empty(sweep.Released);
        Assert.Empty(sweep.Failures);
        Assert.Equal(before.Addresses, rig.Network.Find("pod-a")!.Addresses);
        var refused = await Assert.ThrowsAsync<NetworkException>(() => rig.Join("pod-b", new PortRequest("127.0.0.1", 8080, 80, "tcp")));
        Assert.Equal("host port 127.0.0.1:8080/tcp is taken by pod name-of-pod-a (pod-a)", refused.Message);
        var after = await rig.Join("pod-b");
        Assert.Equal(before.Addresses[0].Gateway, after.Addresses[0].Gateway);
        await rig.Network.CheckAsync("pod-b", CancellationToken.None);
    }

    [Fact]
    public async Task The_sweep_puts_back_shared_rules_that_another_program_flushed()
    {
        using var rig = new NetworkRig();
        await rig.Join("pod-a");
        rig.Shell("nft flush ruleset");
        rig.Restart();
        await rig.Network.SweepAsync(new HashSet<string>(StringComparer.Ordinal) { "pod-a" }, CancellationToken.None);
        Assert.Contains("masquerade", rig.Shell($"nft list table inet skerry_{rig.Options.ShortId}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_a_process_of_the_host_listens_on_is_refused_and_port_0_is_picked()
    {
        using var rig = new NetworkRig();
        using var listener = rig.OnHost(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 8080));
            socket.Listen();
            return socket;
        });
        var refused = await Assert.ThrowsAsync<NetworkException>(() => rig.Join("pod-a", new PortRequest("", 8080, 80, "tcp")));
        Assert.Equal(NetworkFault.PortTaken, refused.Fault);
        Assert.Equal("host port *:8080/tcp is taken by a process of this machine", refused.Message);
        var lease = await rig.Join("pod-a", new PortRequest("", 0, 80, "tcp"), new PortRequest("", 0, 81, "udp"), new PortRequest("", 0, 82, "sctp"));
        Assert.All(lease.Ports, port => Assert.InRange(port.HostPort, 1024, 65535));
        await rig.Network.LeaveAsync("pod-a", CancellationToken.None);
        Assert.Empty(rig.Leftovers());
    }

    [Fact]
    public async Task Network_none_has_loopback_and_nothing_else_and_network_host_has_no_lease_to_undo()
    {
        using var rig = new NetworkRig();
        var none = await rig.Join("pod-a", PodNetwork.None);
        Assert.Equal("lo", none.Interface);
        Assert.Equal("lo", rig.ShellIn("pod-a", "ls /sys/class/net >/dev/null; ip -o link show up | cut -d: -f2 | tr -d ' '").Trim());
        using var greeter = rig.Greeter("pod-a", 80);
        Assert.Equal("pod-a", rig.In("pod-a", () => NetworkRig.Ask(IPAddress.IPv6Loopback, 80)));
        var host = await rig.Network.JoinAsync(new NetworkRequest { PodId = "pod-h", Network = PodNetwork.Host }, CancellationToken.None);
        Assert.Empty(host.Addresses);
        Assert.Empty(rig.Leftovers());
        var refused = await Assert.ThrowsAsync<NetworkException>(() => rig.Join("pod-b", PodNetwork.None, new PortRequest("", 80, 80, "tcp")));
        Assert.Equal(NetworkFault.Invalid, refused.Fault);
    }

    [Fact]
    public async Task A_pod_has_no_network_unless_it_asks_for_one_by_name_or_by_a_port()
    {
        using var rig = new NetworkRig(options => options with { DefaultNetwork = new NetworkOptions { NodeInstance = "n", RunDirectory = "/" }.DefaultNetwork });
        Assert.Equal(PodNetwork.None, (await rig.Join("pod-a")).Network);
        Assert.Equal(BuiltInNetwork.Name, (await rig.Join("pod-b", BuiltInNetwork.Name)).Network);
        Assert.Equal(BuiltInNetwork.Name, (await rig.Join("pod-c", new PortRequest("", 0, 80, "tcp"))).Network);
    }

    [Fact]
    public async Task On_network_host_a_port_is_itself_and_nothing_else()
    {
        using var rig = new NetworkRig();
        var request = new NetworkRequest { PodId = "pod-h", Network = PodNetwork.Host, Ports = [new PortRequest("", 0, 80, "tcp")] };
        Assert.Equal(80, Assert.Single((await rig.Network.JoinAsync(request, CancellationToken.None)).Ports).HostPort);
        await Assert.ThrowsAsync<NetworkException>(() => rig.Network.JoinAsync(request with { Ports = [new PortRequest("", 8080, 80, "tcp")] }, CancellationToken.None));
    }

    [Fact]
    public async Task With_the_firewall_plugin_rules_are_made_for_each_address_and_removed()
    {
        using var rig = new NetworkRig(options => options with { ForwardRules = ForwardRules.Plugin });
        var lease = await rig.Join("pod-a");
        var address = NetworkRig.Bare(lease.Addresses[0]).ToString();
        Assert.Contains($"-A CNI-FORWARD -s {address}/32 -j ACCEPT", rig.Shell("iptables-save"), StringComparison.Ordinal);
        rig.Restart();
        rig.Forget("pod-a");
        var sweep = await rig.Network.SweepAsync(new HashSet<string>(StringComparer.Ordinal), CancellationToken.None);
        Assert.Equal(["pod-a"], sweep.Released);
        Assert.Empty(rig.Leftovers());
    }

    [Fact]
    public async Task Two_nodes_on_one_machine_have_different_bridges_and_prefixes_and_do_not_sweep_each_other()
    {
        using var rig = new NetworkRig();
        using var other = new NetworkRig(options => options with { HostNamespace = rig.Options.HostNamespace });
        var a = await rig.Join("pod-a", new PortRequest("", 8080, 80, "tcp"));
        var b = await other.Join("pod-b", new PortRequest("", 8081, 80, "tcp"));
        Assert.NotEqual(a.Addresses[0].Gateway, b.Addresses[0].Gateway);
        Assert.NotEqual(a.Addresses[1].Gateway, b.Addresses[1].Gateway);
        await other.Network.SweepAsync(new HashSet<string>(StringComparer.Ordinal), CancellationToken.None);
        using var greeter = rig.Greeter("pod-a", 80);
        Assert.Equal("pod-a", rig.OnHost(() => NetworkRig.Ask(IPAddress.Loopback, 8080)));
        await rig.Network.CheckAsync("pod-a", CancellationToken.None);
    }

    [Fact]
    public async Task How_long_a_join_takes()
    {
        using var rig = new NetworkRig();
        await rig.Join("warm");
        var plain = new List<double>();
        var published = new List<double>();
        var leave = new List<double>();
        for (var i = 0; i < 10; i++)
        {
            rig.Pod($"a{i}");
            rig.Pod($"b{i}");
            plain.Add(await Time(() => rig.Join($"a{i}")));
            published.Add(await Time(() => rig.Join($"b{i}", new PortRequest("", 8000 + i, 80, "tcp"))));
            leave.Add(await Time(() => rig.Network.LeaveAsync($"a{i}", CancellationToken.None)));
        }

        output.WriteLine($"join {Median(plain):0.0} ms, join with a port {Median(published):0.0} ms, leave {Median(leave):0.0} ms (medians of 10)");
        Assert.All(plain, time => Assert.InRange(time, 0, 30_000));

        static async Task<double> Time(Func<Task> work)
        {
            var begin = TimeProvider.System.GetTimestamp();
            await work();
            return TimeProvider.System.GetElapsedTime(begin).TotalMilliseconds;
        }

        static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
    }
}
