using System.Globalization;

namespace Skerry.Guard.Events;

/// <summary>Names of numbers: of bits, several of which can hold at once, or of whole values.</summary>
internal sealed class FlagNames
{
    private const StringSplitOptions Clean = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
    private static readonly char[] Blanks = [' ', '\n'];

    private readonly (Text Name, long Value, long Mask)[] _names;
    private readonly Text _other;

    private FlagNames((Text Name, long Value, long Mask)[] names, Text other) => (_names, _other) = (names, other);

    /// <summary>Names of bits, in the order in which they are written.</summary>
    /// <param name="names">NAME=BITS, or NAME=VALUE/MASK where a value of several bits has the name; one that is 0 holds where nothing else does.</param>
    public static FlagNames Flags(string names) => new([.. Read(names, isWhole: false)], default);

    /// <summary>Names of whole values.</summary>
    /// <param name="names">NAME=VALUE; a value may have several names.</param>
    /// <param name="other">Name of all other values; null where they have none.</param>
    public static FlagNames Values(string names, string? other = null) => new([.. Read(names, isWhole: true)], other);

    /// <summary>Names of the bits from the lowest up.</summary>
    public static FlagNames OfBits(params string[] names) => new([.. names.Select(static (name, bit) => ((Text)name, 1L << bit, 1L << bit))], default);

    /// <summary>Writes the names that hold, and says whether there was one.</summary>
    public bool TryWrite(long value, Scratch scratch, byte separator = (byte)'|')
    {
        var first = true;
        foreach (var (name, bits, mask) in _names)
        {
            if ((value & mask) == bits)
            {
                (first ? scratch : scratch.Append(separator)).Append(name.Span);
                first = false;
            }
        }

        if (first && !_other.IsAbsent)
        {
            scratch.Append(_other.Span);
            return true;
        }

        return !first;
    }

    private static IEnumerable<(Text Name, long Value, long Mask)> Read(string names, bool isWhole)
    {
        const long All = -1;
        foreach (var item in names.Split(Blanks, Clean))
        {
            var equals = item.IndexOf('=', StringComparison.Ordinal);
            var slash = item.IndexOf('/', StringComparison.Ordinal);
            var value = Number(item.AsSpan()[(equals + 1)..(slash < 0 ? item.Length : slash)]);
            var mask = slash >= 0 ? Number(item.AsSpan(slash + 1)) : isWhole || value == 0 ? All : value;
            yield return (item[..equals], value, mask);
        }
    }

    private static long Number(ReadOnlySpan<char> digits) => digits.StartsWith("0x", StringComparison.Ordinal)
        ? long.Parse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
        : long.Parse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
