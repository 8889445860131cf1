using System.Buffers;
using System.Buffers.Text;

namespace Skerry.Oci.Trust.Strict;

/// <summary>Base64 that has one text for one content: no white space, no missing or extra padding, no stray bits (RFC 4648 §3.5).</summary>
internal static class StrictBase64
{
    /// <summary>Decodes the standard alphabet with padding.</summary>
    public static byte[] Decode(string format, string text, int maxBytes = TrustLimits.MaxEnvelope)
    {
        Bound(format, text, maxBytes);
        var bytes = new byte[(text.Length / 4 * 3) + 3];
        return Convert.TryFromBase64String(text, bytes, out var length) && Convert.ToBase64String(bytes, 0, length) == text
            ? bytes[..length]
            : throw new OciFormatException(format, null, "not plain base64 (standard alphabet, padded, no spaces)");
    }

    /// <summary>Decodes the URL alphabet without padding (RFC 7515 §2).</summary>
    public static byte[] DecodeUrl(string format, string text, int maxBytes = TrustLimits.MaxEnvelope)
    {
        Bound(format, text, maxBytes);
        var bytes = new byte[(text.Length / 4 * 3) + 3];
        return Base64Url.DecodeFromChars(text, bytes, out _, out var length) == OperationStatus.Done && Base64Url.EncodeToString(bytes.AsSpan(0, length)) == text
            ? bytes[..length]
            : throw new OciFormatException(format, null, "not plain base64url (no padding, no spaces)");
    }

    private static void Bound(string format, string text, int maxBytes)
    {
        if (text.Length / 4 * 3L > maxBytes)
        {
            throw new OciFormatException(format, null, $"more than {maxBytes} bytes in base64");
        }
    }
}
