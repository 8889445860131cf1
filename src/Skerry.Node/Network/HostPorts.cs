using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Skerry.Node.Network;

/// <summary>
/// Who has which host port. A port is reserved before any rule is made, so two pods never get the same; a port that a process of
/// the host listens on is refused, since the rules would take its traffic away.
/// </summary>
/// <remarks>Safe for any thread. Must be called from a thread that is in the host's network namespace.</remarks>
internal sealed class HostPorts
{
    // IANA's dynamic ports (RFC 6335, section 6).
    private const int FirstDynamic = 49152;
    private const int LastDynamic = 65535;

    private readonly Lock _lock = new(); // guards _taken
    private readonly List<(PortRequest Port, string PodId, string PodName)> _taken = [];

    /// <summary>Reserves ports; those asked for as 0 are picked.</summary>
    /// <exception cref="NetworkException">One is taken or makes no sense; then none is reserved.</exception>
    internal IReadOnlyList<PortRequest> Reserve(string podId, string podName, IReadOnlyList<PortRequest> requests)
    {
        var resolved = new List<PortRequest>(requests.Count);
        lock (_lock)
        {
            try
            {
                foreach (var request in requests)
                {
                    var wanted = Checked(request);
                    var port = wanted.HostPort == 0 ? Pick(wanted) : Claim(wanted);
                    resolved.Add(port);
                    _taken.Add((port, podId, podName));
                }
            }
            catch
            {
                foreach (var port in resolved)
                {
                    _taken.RemoveAll(taken => ReferenceEquals(taken.Port, port));
                }

                throw;
            }
        }

        return resolved;
    }

    /// <summary>Takes over what a record says, without asking the host.</summary>
    internal void Adopt(string podId, string podName, IReadOnlyList<PortRequest> ports)
    {
        lock (_lock)
        {
            foreach (var port in ports)
            {
                _taken.Add((port, podId, podName));
            }
        }
    }

    /// <summary>Gives back all ports of a pod.</summary>
    internal void Release(string podId)
    {
        lock (_lock)
        {
            _taken.RemoveAll(taken => string.Equals(taken.PodId, podId, StringComparison.Ordinal));
        }
    }

    private static PortRequest Checked(PortRequest request)
    {
        var protocol = request.Protocol.Length == 0 ? "tcp" : request.Protocol.ToLowerInvariant();
        if (protocol is not ("tcp" or "udp" or "sctp"))
        {
            throw Invalid($"protocol '{request.Protocol}' cannot be published", "use tcp, udp or sctp");
        }

        if (request.ContainerPort is < 1 or > 65535 || request.HostPort is < 0 or > 65535)
        {
            throw Invalid(
                string.Create(CultureInfo.InvariantCulture, $"port {request.HostPort}:{request.ContainerPort}/{protocol} is out of range"),
                "a container port is 1 to 65535, a host port 0 (any) to 65535");
        }

        if (request.HostAddress.Length > 0 && !IPAddress.TryParse(request.HostAddress, out _))
        {
            throw Invalid($"'{request.HostAddress}' is no IP address to publish a port at", "give an IPv4 or IPv6 address of this machine, or none for all");
        }

        return request with { Protocol = protocol };
    }

    private PortRequest Claim(PortRequest wanted)
    {
        if (Holder(wanted) is { } holder)
        {
            throw new NetworkException(
                NetworkFault.PortTaken,
                $"host port {Text(wanted)} is taken by pod {(holder.PodName.Length > 0 ? $"{holder.PodName} ({Short(holder.PodId)})" : Short(holder.PodId))}",
                "publish at another host port, or remove that pod");
        }

        if (!TryBind(wanted, out var error))
        {
            throw new NetworkException(
                error == SocketError.AddressAlreadyInUse ? NetworkFault.PortTaken : NetworkFault.Invalid,
                error == SocketError.AddressAlreadyInUse
                    ? $"host port {Text(wanted)} is taken by a process of this machine"
                    : $"host port {Text(wanted)} cannot be published: {error}",
                error == SocketError.AddressAlreadyInUse ? "publish at another host port; `ss -lnp` names the process" : "publish at an address that this machine has");
        }

        return wanted;
    }

    private PortRequest Pick(PortRequest wanted)
    {
        const int Tries = 64;
        for (var i = 0; i < Tries; i++)
        {
            var port = wanted with { HostPort = Random.Shared.Next(FirstDynamic, LastDynamic + 1) };
            if (Holder(port) is not null)
            {
                continue;
            }

            if (TryBind(port, out var error))
            {
                return port;
            }

            if (error != SocketError.AddressAlreadyInUse)
            {
                return Claim(port); // says what is wrong with the address
            }
        }

        throw new NetworkException(NetworkFault.PortTaken, $"no free host port for {wanted.ContainerPort}/{wanted.Protocol} in {Tries} tries", "name a host port");
    }

    private (PortRequest Port, string PodId, string PodName)? Holder(PortRequest wanted)
    {
        foreach (var taken in _taken)
        {
            if (taken.Port.HostPort == wanted.HostPort
                && string.Equals(taken.Port.Protocol, wanted.Protocol, StringComparison.Ordinal)
                && Overlap(taken.Port.HostAddress, wanted.HostAddress))
            {
                return taken;
            }
        }

        return null;
    }

    private static bool Overlap(string left, string right)
    {
        if (left.Length == 0 || right.Length == 0)
        {
            return true;
        }

        var a = IPAddress.Parse(left);
        var b = IPAddress.Parse(right);
        return a.AddressFamily == b.AddressFamily && (a.Equals(b) || IsAny(a) || IsAny(b));
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    /// <summary>Binds and closes: the kernel says whether somebody has the port.</summary>
    private static bool TryBind(PortRequest port, out SocketError error)
    {
        error = SocketError.Success;
        if (string.Equals(port.Protocol, "sctp", StringComparison.Ordinal))
        {
            return true;
        }

        IReadOnlyList<IPAddress> addresses = port.HostAddress.Length > 0
            ? [IPAddress.Parse(port.HostAddress)]
            : Socket.OSSupportsIPv6 ? [IPAddress.Any, IPAddress.IPv6Any] : [IPAddress.Any];
        foreach (var address in addresses)
        {
            var tcp = string.Equals(port.Protocol, "tcp", StringComparison.Ordinal);
            try
            {
                using var socket = new Socket(address.AddressFamily, tcp ? SocketType.Stream : SocketType.Dgram, tcp ? ProtocolType.Tcp : ProtocolType.Udp);
                if (address.AddressFamily == AddressFamily.InterNetworkV6)
                {
                    socket.DualMode = false;
                }

                socket.Bind(new IPEndPoint(address, port.HostPort));
            }
            catch (SocketException failed) when (failed.SocketErrorCode == SocketError.AddressFamilyNotSupported)
            {
                // A kernel without IPv6 has nobody on an IPv6 port.
            }
            catch (SocketException failed)
            {
                error = failed.SocketErrorCode;
                return false;
            }
        }

        return true;
    }

    private static string Text(PortRequest port) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(port.HostAddress.Length == 0 ? "*" : port.HostAddress.Contains(':', StringComparison.Ordinal) ? $"[{port.HostAddress}]" : port.HostAddress)}:{port.HostPort}/{port.Protocol}");

    private static string Short(string podId) => podId.Length > 12 ? podId[..12] : podId;

    private static NetworkException Invalid(string message, string next) => new(NetworkFault.Invalid, message, next);
}
