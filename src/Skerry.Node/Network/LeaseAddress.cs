namespace Skerry.Node.Network;

/// <summary>An address of a pod.</summary>
/// <param name="Address">In CIDR form: 10.88.0.2/16.</param>
/// <param name="Gateway">The next hop; empty where there is none.</param>
internal sealed record LeaseAddress(string Address, string Gateway);
