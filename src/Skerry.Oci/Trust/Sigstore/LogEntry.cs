namespace Skerry.Oci.Trust.Sigstore;

/// <summary>An entry of a log of signatures, as evidence carries it (sigstore_rekor.proto, TransparencyLogEntry).</summary>
/// <param name="LogId">Which log.</param>
/// <param name="LogIndex">Place of the entry over all of the log's trees.</param>
/// <param name="IntegratedTime">Seconds since 1970; 0 when the log says no time.</param>
/// <param name="Kind">Kind of the body; null where the evidence leaves that to the body itself.</param>
/// <param name="Body">The entry as the log hashed it.</param>
/// <param name="Promise">The log's signature over body, index and time (signed entry timestamp); null without.</param>
internal sealed record LogEntry(byte[] LogId, long LogIndex, long IntegratedTime, string? Kind, string? Version, byte[] Body, byte[]? Promise, InclusionProof? Proof);
