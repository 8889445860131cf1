using System.Buffers;
using System.Globalization;

namespace Skerry.Guard.Audit;

/// <summary>The pieces that notes, checkpoints and proofs are written with: strict base64 and strict decimals.</summary>
internal static class NoteText
{
    private static readonly SearchValues<char> Base64Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    /// <summary>Bytes of standard base64 with padding (RFC 4648 §4); no white space, and nothing that two texts could mean.</summary>
    public static byte[] Base64(string format, string text)
    {
        if (!text.AsSpan().ContainsAnyExcept(Base64Characters))
        {
            var bytes = new byte[text.Length / 4 * 3];
            if (Convert.TryFromBase64String(text, bytes, out var length) && Convert.ToBase64String(bytes.AsSpan(0, length)) == text)
            {
                return bytes[..length];
            }
        }

        throw new AuditFormatException(format, "a text that is not base64");
    }

    /// <summary>A number without sign, space and leading zeros.</summary>
    public static long Decimal(string format, string what, string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value.ToString(CultureInfo.InvariantCulture) == text
            ? value
            : throw new AuditFormatException(format, $"a {what} that is not a plain decimal number");

    /// <summary>True for a name that may stand in a key and in a signature line.</summary>
    public static bool IsKeyName(string name) => name.Length > 0 && !name.Contains('+', StringComparison.Ordinal) && !name.Any(static c => char.IsWhiteSpace(c) || char.IsControl(c));
}
