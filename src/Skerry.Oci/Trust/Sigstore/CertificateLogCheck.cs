using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Security.Cryptography;
using Skerry.Oci.Trust.Certificates;

namespace Skerry.Oci.Trust.Sigstore;

/// <summary>Checks what logs of certificates vouched for inside a certificate (signed certificate timestamps, RFC 6962 §3.2, §3.3).</summary>
internal static class CertificateLogCheck
{
    private const string Format = "certificate timestamps";
    private const int MaxTimestamps = 16;

    /// <summary>How many logs that are trusted vouched.</summary>
    public static int Count(Certificate leaf, Certificate issuer, IReadOnlyList<TransparencyLog> logs)
    {
        if (leaf.Extension(Oids.SignedCertificateTimestamps) is not { } extension)
        {
            return 0;
        }

        var list = new AsnReader(extension.Value, AsnEncodingRules.DER).ReadOctetString();
        var body = WithoutTimestamps(leaf);
        var issuerHash = SHA256.HashData(issuer.SubjectKeyInfo.Span);
        var vouched = new HashSet<string>(StringComparer.Ordinal);
        var rest = Vector16(list, out var trailing);
        if (trailing.Length > 0)
        {
            throw new OciFormatException(Format, null, "bytes after the list");
        }

        for (var i = 0; rest.Length > 0; i++)
        {
            var one = Vector16(rest, out rest);
            if (i == MaxTimestamps)
            {
                throw new OciFormatException(Format, null, $"more than {MaxTimestamps}");
            }

            if (Verify(one, body, issuerHash, logs) is { } log)
            {
                vouched.Add(log.Key.Id);
            }
        }

        return vouched.Count;
    }

    // one timestamp: version, log id (32), time in ms (8), extensions, hash and signature algorithm, signature
    private static TransparencyLog? Verify(ReadOnlySpan<byte> one, byte[] body, byte[] issuerHash, IReadOnlyList<TransparencyLog> logs)
    {
        const int FixedLength = 1 + 32 + 8;
        const byte Version1 = 0;
        if (one.Length < FixedLength + 6 || one[0] != Version1)
        {
            return null;
        }

        var id = one.Slice(1, 32);
        var stamp = one.Slice(33, 8);
        var extensions = Vector16(one[FixedLength..], out var signed);
        if (signed.Length < 4)
        {
            throw new OciFormatException(Format, null, "cut off");
        }

        var signature = Vector16(signed[2..], out var trailing);
        var milliseconds = BinaryPrimitives.ReadUInt64BigEndian(stamp);
        if (trailing.Length > 0 || milliseconds > (ulong)DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        {
            throw new OciFormatException(Format, null, "trailing bytes, or a time beyond all years");
        }

        foreach (var log in logs)
        {
            if (log.LogId.Span.SequenceEqual(id) && log.ValidFor.Covers(DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds))
                && log.IsSignature(SignedBytes(stamp, extensions, body, issuerHash), signature))
            {
                return log;
            }
        }

        return null;
    }

    // digitally-signed struct of RFC 6962 §3.2: v1, certificate_timestamp, time, precert_entry, issuer key hash, body, extensions
    private static byte[] SignedBytes(ReadOnlySpan<byte> stamp, ReadOnlySpan<byte> extensions, byte[] body, byte[] issuerHash) =>
    [
        0, 0, .. stamp, 0, 1, .. issuerHash,
        (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, .. body,
        (byte)(extensions.Length >> 8), (byte)extensions.Length, .. extensions,
    ];

    private static ReadOnlySpan<byte> Vector16(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> rest)
    {
        if (bytes.Length < 2 || bytes.Length - 2 < BinaryPrimitives.ReadUInt16BigEndian(bytes))
        {
            throw new OciFormatException(Format, null, "cut off");
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        rest = bytes[(2 + length)..];
        return bytes.Slice(2, length);
    }

    /// <summary>The certificate as the log saw it: before the timestamps were put in.</summary>
    private static byte[] WithoutTimestamps(Certificate leaf)
    {
        var extensionsTag = new Asn1Tag(TagClass.ContextSpecific, 3, isConstructed: true);
        var source = new AsnReader(leaf.ToBeSigned, AsnEncodingRules.DER).ReadSequence();
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            while (source.HasData)
            {
                if (!source.PeekTag().HasSameClassAndValue(extensionsTag))
                {
                    writer.WriteEncodedValue(source.ReadEncodedValue().Span);
                    continue;
                }

                var list = source.ReadSequence(extensionsTag).ReadSequence();
                using (writer.PushSequence(extensionsTag))
                using (writer.PushSequence())
                {
                    while (list.HasData)
                    {
                        var whole = list.ReadEncodedValue();
                        if (new AsnReader(whole, AsnEncodingRules.DER).ReadSequence().ReadObjectIdentifier() != Oids.SignedCertificateTimestamps)
                        {
                            writer.WriteEncodedValue(whole.Span);
                        }
                    }
                }
            }
        }

        return writer.Encode();
    }
}
