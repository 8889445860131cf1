using System.Security.Cryptography;

namespace Skerry.Oci.Trust.Strict;

/// <summary>Reads PEM (RFC 7468): every block must be of the one label; words outside of blocks are passed over.</summary>
internal static class PemText
{
    public const string Certificate = "CERTIFICATE";
    public const string PublicKey = "PUBLIC KEY";

    /// <summary>The contents of all blocks, in order; at least one.</summary>
    public static List<byte[]> Blocks(string format, string text, string label, int maxBlocks = TrustLimits.MaxCertificates)
    {
        if (text.Length > TrustLimits.MaxEnvelope)
        {
            throw new OciFormatException(format, null, $"more than {TrustLimits.MaxEnvelope} characters");
        }

        // PemEncoding looks for the end of each beginning in all that follows.
        if (text.AsSpan().Count("-----BEGIN ") > maxBlocks)
        {
            throw new OciFormatException(format, null, $"more than {maxBlocks} PEM blocks");
        }

        var blocks = new List<byte[]>();
        var rest = text.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            if (!rest[fields.Label].SequenceEqual(label))
            {
                throw new OciFormatException(format, null, $"a PEM block of {rest[fields.Label]} where only {label} belongs");
            }

            var bytes = new byte[fields.DecodedDataLength];
            if (!Convert.TryFromBase64Chars(rest[fields.Base64Data], bytes, out var length) || length != bytes.Length)
            {
                throw new OciFormatException(format, null, "a PEM block that is not base64");
            }

            blocks.Add(bytes);
            rest = rest[fields.Location.End..];
        }

        return blocks.Count > 0 ? blocks : throw new OciFormatException(format, null, $"no PEM block of {label}");
    }

    /// <summary>The content of the only block.</summary>
    public static byte[] Single(string format, string text, string label)
    {
        var blocks = Blocks(format, text, label);
        return blocks.Count == 1 ? blocks[0] : throw new OciFormatException(format, null, $"{blocks.Count} PEM blocks where one belongs");
    }
}
