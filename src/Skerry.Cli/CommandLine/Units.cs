using System.Globalization;
using Google.Protobuf.WellKnownTypes;

namespace Skerry.Cli.CommandLine;

/// <summary>Quantities as people write them. Every reader throws <see cref="FormatException"/> with what is wrong.</summary>
internal static class Units
{
    private const string Sizes = "write bytes, or a number with Ki Mi Gi Ti (powers of 1024), k M G T (M G T: powers of 1000) or docker's k m g t (powers of 1024)";

    /// <summary>
    /// Bytes: a Kubernetes quantity (<c>256Mi</c>, <c>1.5Gi</c>, <c>1e9</c>, <c>500M</c>), or docker's lower-case suffixes
    /// (<c>256m</c> = 256 MiB, <c>1gb</c>). Kubernetes' milli-bytes do not exist here.
    /// </summary>
    internal static long Bytes(string text)
    {
        var split = 0;
        while (split < text.Length && (char.IsAsciiDigit(text[split]) || text[split] == '.'))
        {
            split++;
        }

        var unit = text[split..];
        if (unit.Length > 1 && unit[0] is 'e' or 'E' && unit.Length >= 2 && unit[1..].TrimStart('+').All(char.IsAsciiDigit) && unit[1..].TrimStart('+').Length is > 0 and < 3)
        {
            var exponent = int.Parse(unit[1..].TrimStart('+'), CultureInfo.InvariantCulture);
            return Scaled(text, text[..split], (decimal)Math.Pow(10, Math.Min(exponent, 19)));
        }

        var factor = unit switch
        {
            "" or "b" or "B" => 1m,
            "Ki" or "k" or "kb" or "KiB" => 1024m,
            "Mi" or "m" or "mb" or "MiB" => 1048576m,
            "Gi" or "g" or "gb" or "GiB" => 1073741824m,
            "Ti" or "t" or "tb" or "TiB" => 1099511627776m,
            "Pi" or "p" or "pb" => 1125899906842624m,
            "Ei" => 1152921504606846976m,
            "M" or "MB" => 1e6m,
            "G" or "GB" => 1e9m,
            "T" or "TB" => 1e12m,
            "P" or "PB" => 1e15m,
            "E" => 1e18m,
            "K" or "KB" => throw new FormatException("K can mean 1000 or 1024: write Ki for 1024"),
            _ => throw new FormatException($"no such unit: {unit}; {Sizes}"),
        };
        return Scaled(text, text[..split], factor);
    }

    /// <summary>Bytes, or -1 for no limit.</summary>
    internal static long BytesOrUnlimited(string text) => text == "-1" ? -1 : Bytes(text);

    /// <summary>Cores in thousandths: <c>0.5</c>, <c>2</c> or Kubernetes' <c>500m</c>.</summary>
    internal static long CpuMillis(string text)
    {
        var milli = text.EndsWith('m');
        if (!decimal.TryParse(milli ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            throw new FormatException("not a number of cores: write 0.5, 2 or 500m");
        }

        var millis = milli ? number : number * 1000;
        if (millis != decimal.Truncate(millis))
        {
            throw new FormatException("finer than a thousandth of a core");
        }

        return millis is >= 1 and <= 1_000_000
            ? (long)millis
            : throw new FormatException("at least 1m (a thousandth of a core) and at most 1000 cores");
    }

    /// <summary>A count that is not negative.</summary>
    internal static long Count(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException("not a whole number from 0");

    /// <summary>A whole number of seconds, or a duration.</summary>
    internal static uint Seconds(string text) => Duration(text).TotalSeconds is var seconds && seconds <= uint.MaxValue
        ? (uint)Math.Ceiling(seconds)
        : throw new FormatException("longer than can be waited for");

    /// <summary><c>90</c> (seconds), <c>1m30s</c>, <c>2h</c>, <c>500ms</c>, <c>7d</c>.</summary>
    internal static TimeSpan Duration(string text)
    {
        if (text.Length is > 0 and < 12 && text.All(char.IsAsciiDigit))
        {
            return TimeSpan.FromSeconds(long.Parse(text, CultureInfo.InvariantCulture));
        }

        var rest = text.AsSpan();
        var total = TimeSpan.Zero;
        while (rest.Length > 0)
        {
            var digits = 0;
            while (digits < rest.Length && (char.IsAsciiDigit(rest[digits]) || rest[digits] == '.'))
            {
                digits++;
            }

            var letters = digits;
            while (letters < rest.Length && char.IsAsciiLetter(rest[letters]))
            {
                letters++;
            }

            if (!double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number > 1e9)
            {
                throw new FormatException("not a duration: write 90, 90s, 1m30s, 2h or 7d");
            }

            total += rest[digits..letters] switch
            {
                "ms" => TimeSpan.FromMilliseconds(number),
                "s" => TimeSpan.FromSeconds(number),
                "m" => TimeSpan.FromMinutes(number),
                "h" => TimeSpan.FromHours(number),
                "d" when number < 1e6 => TimeSpan.FromDays(number),
                _ => throw new FormatException("not a duration: write 90, 90s, 1m30s, 2h or 7d"),
            };
            rest = rest[letters..];
        }

        return text.Length > 0 ? total : throw new FormatException("empty");
    }

    /// <summary>A moment: RFC 3339, seconds since 1970, or a duration before <paramref name="now"/>.</summary>
    internal static Timestamp Moment(string text, DateTimeOffset now)
    {
        if (text.Length >= 9 && decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds < 253402300799)
        {
            return new Timestamp { Seconds = (long)seconds, Nanos = (int)((seconds - decimal.Truncate(seconds)) * 1_000_000_000) };
        }

        if (text.Length >= 10 && text[4] == '-'
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment))
        {
            return Timestamp.FromDateTimeOffset(moment);
        }

        try
        {
            return Timestamp.FromDateTimeOffset(now - Duration(text));
        }
        catch (Exception e) when (e is FormatException or ArgumentOutOfRangeException)
        {
            throw new FormatException("not a moment: write 2026-01-31T12:00:00Z, seconds since 1970, or how long ago (10m, 2h, 7d)");
        }
    }

    private static long Scaled(string text, string digits, decimal factor)
    {
        if (!decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            throw new FormatException($"not a size; {Sizes}");
        }

        if (number > long.MaxValue / factor)
        {
            throw new FormatException("larger than any machine");
        }

        var bytes = number * factor;
        return bytes == decimal.Truncate(bytes) || factor > 1
            ? (long)decimal.Truncate(bytes)
            : throw new FormatException($"{text} is no whole number of bytes");
    }
}
