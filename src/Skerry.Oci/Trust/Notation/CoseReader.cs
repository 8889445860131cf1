using System.Formats.Cbor;
using Skerry.Oci.Trust.Certificates;

namespace Skerry.Oci.Trust.Notation;

/// <summary>Reads Notation's COSE envelope: a tagged COSE_Sign1 (RFC 9052 §4.2; notaryproject/specifications signature-envelope-cose.md).</summary>
internal static class CoseReader
{
    public const string MediaType = "application/cose";

    private const string Format = "COSE envelope";
    private const CborTag Sign1 = (CborTag)18; // RFC 9052 §2
    private const int MaxHeaders = 32;

    // RFC 9052 §3.1, RFC 9360 §2
    private const string AlgorithmLabel = "1";
    private const string CriticalLabel = "2";
    private const string ContentTypeLabel = "3";
    private const string ChainLabel = "33";

    public static NotationEnvelope Read(ReadOnlyMemory<byte> cbor)
    {
        if (cbor.Length > TrustLimits.MaxEnvelope)
        {
            throw new OciFormatException(Format, null, $"{cbor.Length} bytes; at most {TrustLimits.MaxEnvelope} are taken");
        }

        try
        {
            return ReadMessage(cbor);
        }
        catch (Exception e) when (e is CborContentException or InvalidOperationException or OverflowException)
        {
            throw new OciFormatException(Format, null, "not a COSE_Sign1 message: " + e.Message, e);
        }
    }

    private static NotationEnvelope ReadMessage(ReadOnlyMemory<byte> cbor)
    {
        var reader = new CborReader(cbor, CborConformanceMode.Strict);
        if (reader.ReadTag() != Sign1 || reader.ReadStartArray() != 4)
        {
            throw new OciFormatException(Format, null, "not a tagged COSE_Sign1 of four parts");
        }

        var head = reader.ReadByteString();
        var unprotected = Headers(reader);
        var payload = reader.ReadByteString();
        var signature = reader.ReadByteString();
        reader.ReadEndArray();
        var inner = new CborReader(head, CborConformanceMode.Strict);
        var headers = Headers(inner);
        if (reader.BytesRemaining != 0 || inner.BytesRemaining != 0 || signature.Length > TrustLimits.MaxSignature)
        {
            throw new OciFormatException(Format, null, "trailing bytes, or a signature that is too long");
        }

        if (Text(headers, ContentTypeLabel) != NotationEnvelope.PayloadType)
        {
            throw new OciFormatException(Format, null, $"the content type is not {NotationEnvelope.PayloadType}");
        }

        return new NotationEnvelope
        {
            Algorithm = Algorithm(headers),
            SignedBytes = SignedBytes(head, payload),
            Signature = signature,
            Payload = payload,
            Chain = [.. Chain(unprotected).Select(static c => Certificate.FromDer(c))],
            Times = SigningTimes.Of(
                Text(headers, SigningTimes.SchemeKey) ?? "",
                Time(headers, SigningTimes.SigningTimeKey),
                Time(headers, SigningTimes.AuthenticTimeKey),
                Time(headers, SigningTimes.ExpiryKey),
                headers.GetValueOrDefault(CriticalLabel) as string[] ?? []),
            Timestamp = unprotected.GetValueOrDefault("io.cncf.notary.timestampSignature") as byte[],
        };
    }

    // RFC 9052 §4.4: Sig_structure of a COSE_Sign1 without external data
    private static byte[] SignedBytes(byte[] head, byte[] payload)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartArray(4);
        writer.WriteTextString("Signature1");
        writer.WriteByteString(head);
        writer.WriteByteString([]);
        writer.WriteByteString(payload);
        writer.WriteEndArray();
        return writer.Encode();
    }

    /// <summary>A map of headers: integer labels are written in decimal, text labels as they are. Values: text, number, bytes, time, list of one of them.</summary>
    private static Dictionary<string, object> Headers(CborReader reader)
    {
        var count = reader.ReadStartMap() ?? throw new OciFormatException(Format, null, "a map of indefinite length");
        if (count > MaxHeaders)
        {
            throw new OciFormatException(Format, null, $"more than {MaxHeaders} headers");
        }

        var headers = new Dictionary<string, object>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var isNumber = reader.PeekState() is CborReaderState.UnsignedInteger or CborReaderState.NegativeInteger;
            var label = isNumber ? reader.ReadInt64().ToString(System.Globalization.CultureInfo.InvariantCulture) : reader.ReadTextString();
            if (!isNumber && label.Length > 0 && (char.IsAsciiDigit(label[0]) || label[0] == '-'))
            {
                throw new OciFormatException(Format, null, "a text label that looks like a number");
            }

            // RFC 9052 §3: a label occurs once, however its number is encoded
            if (!headers.TryAdd(label, Value(reader)))
            {
                throw new OciFormatException(Format, null, $"the header {label} twice");
            }
        }

        reader.ReadEndMap();
        return headers;
    }

    private static object Value(CborReader reader)
    {
        switch (reader.PeekState())
        {
            case CborReaderState.UnsignedInteger or CborReaderState.NegativeInteger:
                return reader.ReadInt64();
            case CborReaderState.TextString:
                return reader.ReadTextString();
            case CborReaderState.ByteString:
                return reader.ReadByteString();
            case CborReaderState.Tag when reader.PeekTag() == CborTag.UnixTimeSeconds:
                reader.ReadTag();
                return Seconds(reader.ReadInt64());
            case CborReaderState.StartArray:
                return List(reader);
            default:
                reader.SkipValue();
                return "";
        }
    }

    private static object List(CborReader reader)
    {
        var count = reader.ReadStartArray();
        if (count is null or 0 or > MaxHeaders)
        {
            throw new OciFormatException(Format, null, "an array that is empty, too long or of indefinite length");
        }

        var values = Enumerable.Range(0, count.Value).Select(_ => reader.PeekState() is CborReaderState.StartArray ? throw new OciFormatException(Format, null, "an array in an array") : Value(reader)).ToList();
        reader.ReadEndArray();
        return values.TrueForAll(static v => v is string) ? values.Cast<string>().ToArray()
            : values.TrueForAll(static v => v is byte[]) ? values.Cast<byte[]>().ToArray()
            : throw new OciFormatException(Format, null, "an array of neither texts nor bytes");
    }

    private static DateTimeOffset Seconds(long seconds)
    {
        const long EndOfYear9999 = 253_402_300_799;
        return seconds is > 0 and <= EndOfYear9999 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : throw new OciFormatException(Format, null, "a time beyond all years");
    }

    private static IReadOnlyList<byte[]> Chain(Dictionary<string, object> headers) => headers.GetValueOrDefault(ChainLabel) switch
    {
        byte[][] chain when chain.Length <= TrustLimits.MaxCertificates => chain,
        byte[] single => [single],
        _ => throw new OciFormatException(Format, null, "no chain of certificates"),
    };

    private static string? Text(Dictionary<string, object> headers, string label) => headers.GetValueOrDefault(label) as string;

    private static DateTimeOffset? Time(Dictionary<string, object> headers, string label) => headers.GetValueOrDefault(label) switch
    {
        null => null,
        DateTimeOffset time => time,
        _ => throw new OciFormatException(Format, null, $"{label} is not a time"),
    };

    // RFC 9053 §2.1, RFC 8230 §2
    private static string Algorithm(Dictionary<string, object> headers) => headers.GetValueOrDefault(AlgorithmLabel) switch
    {
        -7L => "ES256",
        -35L => "ES384",
        -36L => "ES512",
        -37L => "PS256",
        -38L => "PS384",
        -39L => "PS512",
        var other => throw new TrustException($"the algorithm {other ?? "(none)"} is not taken"),
    };
}
