namespace Skerry.Node.Isolation.Jails;

/// <summary>A route of a guest.</summary>
/// <param name="Destination">In CIDR form; the default route is 0.0.0.0/0 or ::/0.</param>
/// <param name="Gateway">The next hop; empty: it is on the link.</param>
internal sealed record GuestRoute(string Destination, string Gateway);
