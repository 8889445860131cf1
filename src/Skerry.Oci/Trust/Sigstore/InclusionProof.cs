namespace Skerry.Oci.Trust.Sigstore;

/// <summary>That an entry is in a log: the path of hashes from it to the root, and the log's signed word for the root.</summary>
/// <param name="LogIndex">Place of the entry in this tree.</param>
internal sealed record InclusionProof(long LogIndex, long TreeSize, byte[] RootHash, IReadOnlyList<byte[]> Hashes, string? Checkpoint);
