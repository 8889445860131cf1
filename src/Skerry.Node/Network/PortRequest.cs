namespace Skerry.Node.Network;

/// <summary>A port to publish.</summary>
/// <param name="HostAddress">The host address it is reachable at; empty: all, IPv4 and IPv6.</param>
/// <param name="HostPort">1 to 65535; 0: a free one.</param>
/// <param name="ContainerPort">1 to 65535.</param>
/// <param name="Protocol">tcp, udp or sctp.</param>
internal sealed record PortRequest(string HostAddress, int HostPort, int ContainerPort, string Protocol);
