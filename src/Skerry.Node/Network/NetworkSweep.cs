namespace Skerry.Node.Network;

/// <summary>What a sweep released.</summary>
/// <param name="Released">Pods whose lease was undone.</param>
/// <param name="Addresses">Addresses that had no record any more.</param>
/// <param name="Failures">What could not be undone; the records stay, and the next sweep tries again.</param>
internal sealed record NetworkSweep(IReadOnlyList<string> Released, int Addresses, IReadOnlyList<NetworkException> Failures);
