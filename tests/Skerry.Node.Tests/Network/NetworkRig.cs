using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Skerry.Linux;
using Skerry.Linux.Network;
using Skerry.Linux.Processes;
using Skerry.Node.Network;

namespace Skerry.Node.Tests.Network;

/// <summary>
/// A "host" that is a network namespace of its own, with the real plugins and the real kernel. Nothing touches the machine's network;
/// the kernel drops everything with the last descriptor.
/// </summary>
internal sealed class NetworkRig : IDisposable
{
    internal const string RealPlugins = "/usr/lib/cni";
    private static int _count;
    private readonly Dictionary<string, PodNamespaceSet> _pods = new(StringComparer.Ordinal);

    internal NetworkRig(Func<NetworkOptions, NetworkOptions>? change = null)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: network namespaces and mounts");
        Assert.SkipUnless(File.Exists(RealPlugins + "/bridge"), "needs the CNI plugins in /usr/lib/cni (apt install containernetworking-plugins)");
        Assert.SkipUnless(HostTool.Find("nft") is not null && HostTool.Find("iptables") is not null, "needs nft and iptables");
        Run = Path.Combine(Path.GetTempPath(), $"skerry-net-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}");
        Directory.CreateDirectory(Run);
        var made = NetworkNamespace.Create();
        HostNamespace = made[0];
        made[1].Dispose();
        made[2].Dispose();
        NetworkNamespace.BringLoopbackUp(HostNamespace);
        var options = new NetworkOptions
        {
            NodeInstance = Run,
            RunDirectory = Run,
            ConfigDirectory = Path.Combine(Run, "net.d"),
            HostNamespace = $"/proc/{Environment.ProcessId}/fd/{HostNamespace.Number}",
            PluginDirectories = [RealPlugins],
            DefaultNetwork = BuiltInNetwork.Name,
        };
        Options = change?.Invoke(options) ?? options;
        Namespaces = new PodNamespaces(Path.Combine(Run, "ns"));
        Network = new PodNetwork(Options, NullLogger<PodNetwork>.Instance, TimeProvider.System);
    }

    internal string Run { get; }

    internal FileDescriptor HostNamespace { get; }

    internal NetworkOptions Options { get; }

    internal PodNamespaces Namespaces { get; }

    internal PodNetwork Network { get; private set; }

    /// <summary>Makes a pod's namespaces: odd ones in a user namespace of their own.</summary>
    internal PodNamespaceSet Pod(string id, bool users = true)
    {
        var made = Namespaces.Create(id, users ? (3_000_000, 65_536) : null, hostNetwork: false, "web");
        _pods[id] = made;
        return made;
    }

    internal Task<NetworkLease> Join(string id, params PortRequest[] ports) => Join(id, string.Empty, ports);

    internal Task<NetworkLease> Join(string id, string network, params PortRequest[] ports)
    {
        var pod = _pods.TryGetValue(id, out var there) ? there : Pod(id, users: _pods.Count % 2 == 0);
        return Network.JoinAsync(
            new NetworkRequest { PodId = id, PodName = $"name-of-{id}", Network = network, NamespacePath = pod.Network!, Ports = ports }, CancellationToken.None);
    }

    internal void Forget(string id)
    {
        Namespaces.Remove(id);
        _pods.Remove(id);
    }

    /// <summary>The daemon dies and comes back, knowing only what is on disk.</summary>
    internal void Restart()
    {
        Network.Dispose();
        Network = new PodNetwork(Options, NullLogger<PodNetwork>.Instance, TimeProvider.System);
    }

    internal T In<T>(string id, Func<T> work)
    {
        using var inside = LinuxFile.OpenPath(_pods[id].Network!, 0);
        return NetworkNamespace.Run(inside, work);
    }

    internal T OnHost<T>(Func<T> work) => NetworkNamespace.Run(HostNamespace, work);

    /// <summary>Runs a program on the host and gives what it printed.</summary>
    internal string Shell(string command) => OnHost(() => ShellHere(command));

    internal string ShellIn(string id, string command) => In(id, () => ShellHere(command));

    internal static string ShellHere(string command)
    {
        var result = BoundedRun.Run(
            new SpawnRequest { Path = "/bin/sh", Arguments = ["-c", command] }, default, 1 << 22, 1 << 16, TimeSpan.FromSeconds(60), CancellationToken.None);
        return Encoding.UTF8.GetString(result.Output) + Encoding.UTF8.GetString(result.Error);
    }

    /// <summary>Everything that pods left on the host, one line each; empty when all is well.</summary>
    internal IReadOnlyList<string> Leftovers()
    {
        var left = new List<string>();
        left.AddRange(Lines(Shell("ip -o link show type veth")));
        left.AddRange(Lines(Shell("iptables-save; ip6tables-save")).Where(static line =>
            line.Contains(" id: ", StringComparison.Ordinal) || line.Contains("CNI-DN-", StringComparison.Ordinal)
            || (line.StartsWith("-A CNI-FORWARD", StringComparison.Ordinal) && !line.Contains("CNI-ADMIN", StringComparison.Ordinal))));
        var store = Path.Combine(Options.StateDirectory, "ipam", "bridge");
        if (Directory.Exists(store))
        {
            left.AddRange(Directory.EnumerateFiles(store).Where(static file => IPAddress.TryParse(Path.GetFileName(file), out _)));
        }

        var pods = Path.Combine(Options.StateDirectory, "pods");
        if (Directory.Exists(pods))
        {
            left.AddRange(Directory.EnumerateFiles(pods));
        }

        return left;
    }

    internal static IPAddress Bare(LeaseAddress address) => IPAddress.Parse(address.Address.AsSpan(0, address.Address.IndexOf('/', StringComparison.Ordinal)));

    /// <summary>A TCP listener in a pod that greets with the pod's id.</summary>
    internal Socket Greeter(string id, int port)
    {
        var listener = In(id, () =>
        {
            var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
            socket.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
            socket.Listen();
            return socket;
        });
        _ = Greet(listener, id);
        return listener;
    }

    /// <summary>A UDP socket in a pod that answers every datagram with the pod's id.</summary>
    internal Socket UdpGreeter(string id, int port)
    {
        var bound = In(id, () =>
        {
            var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true };
            socket.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
            return socket;
        });
        _ = Answer(bound, id);
        return bound;
    }

    /// <summary>Connects from the namespace of the calling thread and gives the greeting.</summary>
    internal static string Ask(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 5000, SendTimeout = 5000 };
        if (!socket.ConnectAsync(new IPEndPoint(address, port)).Wait(TimeSpan.FromSeconds(5)))
        {
            return "no answer";
        }

        var buffer = new byte[128];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }

    internal static string AskUdp(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 5000 };
        socket.Connect(new IPEndPoint(address, port));
        socket.Send("who"u8);
        var buffer = new byte[128];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }

    public void Dispose()
    {
        Network.Dispose();
        foreach (var id in _pods.Keys)
        {
            Namespaces.Remove(id);
        }

        Namespaces.Sweep(new HashSet<string>(StringComparer.Ordinal));
        Namespaces.TearDown();
        HostNamespace.Dispose();
        Directory.Delete(Run, recursive: true);
    }

    private static IEnumerable<string> Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task Greet(Socket listener, string id)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptAsync();
                await client.SendAsync(Encoding.UTF8.GetBytes(id));
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static async Task Answer(Socket bound, string id)
    {
        var buffer = new byte[128];
        try
        {
            while (true)
            {
                var got = await bound.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.IPv6Any, 0));
                await bound.SendToAsync(Encoding.UTF8.GetBytes(id), got.RemoteEndPoint);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
