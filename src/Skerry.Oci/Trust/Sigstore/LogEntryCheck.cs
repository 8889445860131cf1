using System.Globalization;
using System.Text;
using Skerry.Oci.Trust.Strict;
using Skerry.Oci.Trust.Timestamps;

namespace Skerry.Oci.Trust.Sigstore;

/// <summary>Checks that an entry is in a log that is trusted: the log's promise, the proof with its checkpoint, or both.</summary>
internal static class LogEntryCheck
{
    /// <summary>The time that the log vouches for; null where it says none (Rekor v2, or an entry without a promise).</summary>
    /// <exception cref="TrustException">The entry is not in the log, as far as the evidence shows.</exception>
    public static ProvenTime? Verify(LogEntry entry, TransparencyLog log, bool needsProof)
    {
        if (entry.Promise is null && entry.Proof is null || needsProof && entry.Proof is null)
        {
            throw new TrustException("the log entry has no proof that it is in the log");
        }

        if (entry.Proof is { } proof)
        {
            Included(entry, proof, log);
        }

        if (entry.Promise is not { } promise)
        {
            return null;
        }

        if (!log.IsSignature(PromisedBytes(entry), promise))
        {
            throw new TrustException($"the signed entry timestamp is not by the key of {log}");
        }

        var time = Time(entry.IntegratedTime);
        return log.ValidFor.Covers(time)
            ? new ProvenTime(time, TimeSpan.Zero, log.ToString())
            : throw new TrustException($"{log} is not trusted at {Rfc3339.Text(time)}, when it took the entry");
    }

    private static void Included(LogEntry entry, InclusionProof proof, TransparencyLog log)
    {
        var root = MerkleTree.Root(MerkleTree.LeafHash(entry.Body), proof.LogIndex, proof.TreeSize, proof.Hashes);
        if (!root.AsSpan().SequenceEqual(proof.RootHash))
        {
            throw new TrustException("the inclusion proof does not lead from the entry to the root");
        }

        if (proof.Checkpoint is null)
        {
            throw new TrustException("the inclusion proof has no checkpoint: nobody signed its root");
        }

        var checkpoint = Checkpoint.Parse(proof.Checkpoint);
        if (checkpoint.Size != proof.TreeSize || !checkpoint.RootHash.AsSpan().SequenceEqual(root))
        {
            throw new TrustException("the checkpoint is of another tree than the inclusion proof");
        }

        checkpoint.Verify(log);
    }

    private static DateTimeOffset Time(long seconds)
    {
        const long EndOfYear9999 = 253_402_300_799;
        return seconds is > 0 and <= EndOfYear9999 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : throw new TrustException("the log entry has no time");
    }

    // sigstore/rekor types.go: RFC 8785 of body, integratedTime, logID, logIndex
    private static byte[] PromisedBytes(LogEntry entry) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
        $$"""{"body":"{{Convert.ToBase64String(entry.Body)}}","integratedTime":{{entry.IntegratedTime}},"logID":"{{Convert.ToHexStringLower(entry.LogId)}}","logIndex":{{entry.LogIndex}}}"""));
}
