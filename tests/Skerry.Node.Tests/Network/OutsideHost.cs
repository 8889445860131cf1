using System.Net;
using Skerry.Linux;
using Skerry.Linux.Network;

namespace Skerry.Node.Tests.Network;

/// <summary>Another machine on the host's network: a namespace at the other end of a cable.</summary>
internal sealed class OutsideHost : IDisposable
{
    private readonly FileDescriptor _namespace;

    internal OutsideHost(NetworkRig rig)
    {
        var made = NetworkNamespace.Create();
        _namespace = made[0];
        made[1].Dispose();
        made[2].Dispose();
        NetworkNamespace.BringLoopbackUp(_namespace);
        var path = $"/proc/{Environment.ProcessId}/fd/{_namespace.Number}";
        rig.Shell($"""
            ip link add uplink type veth peer name port netns {path}
            ip addr add {HostAddresses[0]}/24 dev uplink; ip -6 addr add {HostAddresses[1]}/64 dev uplink nodad; ip link set uplink up
            """);
        Do(() => NetworkRig.ShellHere(
            $"ip addr add {Addresses[0]}/24 dev port; ip -6 addr add {Addresses[1]}/64 dev port nodad; ip link set port up"));
    }

    internal static IReadOnlyList<IPAddress> HostAddresses { get; } = [IPAddress.Parse("198.51.100.1"), IPAddress.Parse("2001:db8:51::1")];

    internal static IReadOnlyList<IPAddress> Addresses { get; } = [IPAddress.Parse("198.51.100.2"), IPAddress.Parse("2001:db8:51::2")];

    internal T Do<T>(Func<T> work) => NetworkNamespace.Run(_namespace, work);

    public void Dispose() => _namespace.Dispose();
}
