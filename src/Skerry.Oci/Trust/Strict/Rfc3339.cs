using System.Globalization;

namespace Skerry.Oci.Trust.Strict;

/// <summary>Times as RFC 3339 writes them, with up to nine digits of a second (a tenth of a microsecond is kept).</summary>
internal static class Rfc3339
{
    private const int SecondsEnd = 19; // 2026-11-22T18:45:43
    private const int MaxFraction = 9;

    public static bool TryParse(string text, out DateTimeOffset time)
    {
        time = default;
        if (text.Length is < SecondsEnd + 1 or > SecondsEnd + 1 + MaxFraction + 6 || text[10] != 'T')
        {
            return false;
        }

        var rest = text.AsSpan(SecondsEnd);
        var fraction = 0;
        if (rest[0] == '.')
        {
            fraction = rest[1..].IndexOfAnyExceptInRange('0', '9');
            if (fraction is < 1 or > MaxFraction)
            {
                return false;
            }

            rest = rest[(fraction + 1)..];
        }

        var kept = fraction == 0 ? "" : text.Substring(SecondsEnd, Math.Min(fraction, 7) + 1);
        var zone = rest is "Z" ? "+00:00" : rest.ToString();
        return DateTimeOffset.TryParseExact(text[..SecondsEnd] + kept + zone, "yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out time);
    }

    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
