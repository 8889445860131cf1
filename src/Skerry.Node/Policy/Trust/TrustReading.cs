using Skerry.Oci.Trust.Policies;

namespace Skerry.Node.Policy.Trust;

/// <summary>The trust policies at one moment.</summary>
/// <param name="Policies">They; null where one of them is wrong.</param>
/// <param name="Error">What is wrong, with file, line and key; empty where nothing is.</param>
/// <param name="Generation">Grows with every reading.</param>
internal sealed record TrustReading(TrustPolicySet? Policies, string Error, int Generation);
