using System.Globalization;
using System.Text;
using Google.Protobuf.WellKnownTypes;

namespace Skerry.Cli.Rendering;

/// <summary>Sizes, times and foreign text as people read them.</summary>
internal static class Humanise
{
    private static readonly string[] Decimal = ["B", "kB", "MB", "GB", "TB", "PB"];
    private static readonly string[] Binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>Bytes on a disk or a wire, in powers of 1000, three digits: <c>12.3MB</c>.</summary>
    internal static string Size(long bytes) => Scale(bytes, 1000, Decimal);

    /// <summary>Bytes of memory, in powers of 1024: <c>12.3MiB</c>.</summary>
    internal static string Memory(ulong bytes) => Scale(bytes, 1024, Binary);

    /// <summary>RFC 3339 in UTC, to the last digit that is not zero.</summary>
    internal static string Time(Timestamp time)
    {
        var seconds = DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(time.Seconds, -62135596800, 253402300799));
        var text = seconds.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
        return time.Nanos > 0
            ? $"{text}.{time.Nanos.ToString("000000000", CultureInfo.InvariantCulture).TrimEnd('0')}Z"
            : text + "Z";
    }

    /// <summary>How long: <c>3 seconds</c>, <c>About a minute</c>, <c>5 months</c>.</summary>
    internal static string Span(TimeSpan span) => span.TotalSeconds switch
    {
        < 1 => "Less than a second",
        < 2 => "1 second",
        < 60 => $"{(int)span.TotalSeconds} seconds",
        < 120 => "About a minute",
        < 3600 => $"{(int)span.TotalMinutes} minutes",
        < 7200 => "About an hour",
        < 48 * 3600 => $"{(int)span.TotalHours} hours",
        < 14 * 86400 => $"{(int)span.TotalDays} days",
        < 60 * 86400 => $"{(int)(span.TotalDays / 7)} weeks",
        < 730 * 86400.0 => $"{(int)(span.TotalDays / 30)} months",
        _ => $"{(int)(span.TotalDays / 365)} years",
    };

    internal static string Since(Timestamp? time, DateTimeOffset now) =>
        time is null ? "" : Span(Age(time, now));

    internal static string Ago(Timestamp? time, DateTimeOffset now) =>
        time is null ? "" : Span(Age(time, now)) + " ago";

    /// <summary>The first twelve digits of an id or digest, without its algorithm.</summary>
    internal static string ShortId(string id)
    {
        var start = id.IndexOf(':') + 1;
        return id.Length - start > 12 ? id.Substring(start, 12) : id[start..];
    }

    internal static string Ellipsis(string text, int longest) => text.Length <= longest ? text : text[..(longest - 1)] + "…";

    /// <summary>
    /// Text that came from an image, a container or the network, for a terminal: control characters (which could move the
    /// cursor, rewrite lines or answer as if typed) become visible and harmless.
    /// </summary>
    internal static string Safe(string text)
    {
        var bad = 0;
        foreach (var c in text)
        {
            bad += IsUnsafe(c) ? 1 : 0;
        }

        if (bad == 0)
        {
            return text;
        }

        var safe = new StringBuilder(text.Length + bad * 3);
        foreach (var c in text)
        {
            _ = IsUnsafe(c) ? safe.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}") : safe.Append(c);
        }

        return safe.ToString();
    }

    // C0, DEL, C1, and the marks that turn the direction of text (UAX 9).
    private static bool IsUnsafe(char c) => char.IsControl(c) || c is >= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069';

    private static TimeSpan Age(Timestamp time, DateTimeOffset now)
    {
        var age = now - DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(time.Seconds, -62135596800, 253402300799)).AddTicks(time.Nanos / 100);
        return age < TimeSpan.Zero ? TimeSpan.Zero : age;
    }

    private static string Scale(double value, double step, string[] units)
    {
        var unit = 0;
        while (value >= step && unit < units.Length - 1)
        {
            value /= step;
            unit++;
        }

        var digits = unit == 0 || value >= 100 ? "0" : value >= 10 ? "0.#" : "0.##";
        return value.ToString(digits, CultureInfo.InvariantCulture) + units[unit];
    }
}
