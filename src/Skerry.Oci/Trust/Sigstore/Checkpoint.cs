using System.Globalization;
using System.Text;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Sigstore;

/// <summary>A log's signed word on its size and root (C2SP tlog-checkpoint in a C2SP signed-note).</summary>
internal sealed record Checkpoint(string Origin, long Size, byte[] RootHash, byte[] Body, IReadOnlyList<Checkpoint.Line> Signatures)
{
    private const string Format = "checkpoint";
    private const int HintLength = 4;

    /// <summary>One signature line: the signer's name, four bytes that hint at the key, the signature.</summary>
    internal sealed record Line(string Name, byte[] Hint, byte[] Signature);

    public static Checkpoint Parse(string note)
    {
        var blank = note.IndexOf("\n\n", StringComparison.Ordinal);
        if (blank < 0 || !note.EndsWith('\n') || note.Length > TrustLimits.MaxEnvelope)
        {
            throw new OciFormatException(Format, null, "not a signed note: text, an empty line, signatures");
        }

        var body = note[..(blank + 1)];
        var lines = body.Split('\n');
        if (lines.Length < 4 || lines[0].Length == 0 || !long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size))
        {
            throw new OciFormatException(Format, null, "it does not begin with origin, size and root");
        }

        var signatures = note[(blank + 2)..].TrimEnd('\n').Split('\n');
        return signatures.Length <= TrustLimits.MaxSignatures
            ? new Checkpoint(lines[0], size, StrictBase64.Decode(Format, lines[2]), Encoding.UTF8.GetBytes(body), [.. signatures.Select(Signature)])
            : throw new OciFormatException(Format, null, $"more than {TrustLimits.MaxSignatures} signatures");
    }

    /// <summary>Checks that the log signed it.</summary>
    /// <remarks>Lines of other signers (witnesses) say nothing here. A line that hints at the log's key must be right.</remarks>
    public void Verify(TransparencyLog log)
    {
        var hints = (byte[][])[log.LogId.ToArray(), Convert.FromHexString(log.Key.Id)];
        var own = Signatures.Where(s => hints.Any(h => h.AsSpan().StartsWith(s.Hint))).ToList();
        if (own.Count == 0)
        {
            throw new TrustException($"no signature of the checkpoint is by the key of {log}");
        }

        if (!own.TrueForAll(s => log.IsSignature(Body, s.Signature)))
        {
            throw new TrustException($"the checkpoint's signature is not by the key of {log}");
        }
    }

    private static Line Signature(string line)
    {
        var parts = line.Split(' ');
        if (parts.Length != 3 || parts[0] != "\u2014" || parts[1].Length == 0)
        {
            throw new OciFormatException(Format, null, "a signature line that is not '— name base64'");
        }

        var bytes = StrictBase64.Decode(Format, parts[2]);
        return bytes.Length > HintLength ? new Line(parts[1], bytes[..HintLength], bytes[HintLength..]) : throw new OciFormatException(Format, null, "a signature without bytes");
    }
}
