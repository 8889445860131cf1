namespace Skerry.Oci.Trust.ContentTrust;

/// <summary>What was trusted last for one image, to be kept: without it nobody sees that metadata is rolled back.</summary>
/// <param name="Root">The root.json that is trusted.</param>
/// <param name="Versions">Highest version of each role that was accepted.</param>
public sealed record ContentTrustState(ReadOnlyMemory<byte> Root, IReadOnlyDictionary<string, int> Versions);
