using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Skerry.Oci;

/// <summary>A number of bytes, never negative.</summary>
/// <remarks>
/// Text is a number and a unit: none or <c>B</c>, decimal <c>k M G T P E</c> (powers of 1000), binary
/// <c>Ki Mi Gi Ti Pi Ei</c> (powers of 1024), each also with <c>B</c> behind it. Lower-case <c>m</c> and <c>g</c> are
/// refused: they are binary for docker and thousandths or nothing for Kubernetes.
/// </remarks>
public readonly record struct ByteCount : IComparable<ByteCount>
{
    private const string Units = "KMGTPE";

    /// <param name="bytes">Bytes, zero or more.</param>
    public ByteCount(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Bytes = bytes;
    }

    /// <summary>The number of bytes.</summary>
    public long Bytes { get; }

    /// <summary>Parses <c>256Mi</c>, <c>1G</c>, <c>1.5Gi</c>, <c>4096</c>.</summary>
    /// <exception cref="OciFormatException">Not a number, an unknown unit, negative, or more than 2^63-1 bytes.</exception>
    public static ByteCount Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var count, out var offset, out var reason) ? count : throw new OciFormatException("size", offset, reason);
    }

    /// <summary>As <see cref="Parse"/>, with false instead of the exception.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ByteCount count)
    {
        count = default;
        return text is not null && TryParse(text, out count, out _, out _);
    }

    /// <inheritdoc/>
    public int CompareTo(ByteCount other) => Bytes.CompareTo(other.Bytes);

    /// <summary>Exact and parseable: the largest binary unit that divides it, <c>256Mi</c>, <c>1000</c>.</summary>
    public override string ToString()
    {
        var unit = 0;
        var number = Bytes;
        while (number != 0 && number % 1024 == 0 && unit < Units.Length)
        {
            number /= 1024;
            unit++;
        }

        return number.ToString(CultureInfo.InvariantCulture) + (unit == 0 ? "" : Units[unit - 1] + "i");
    }

    /// <summary>For people, rounded: <c>12.3 MiB</c>.</summary>
    public string ToHuman()
    {
        double number = Bytes;
        var unit = 0;
        while (number >= 1024 && unit < Units.Length)
        {
            number /= 1024;
            unit++;
        }

        return unit == 0 ? $"{Bytes} B" : string.Create(CultureInfo.InvariantCulture, $"{number:0.0} {Units[unit - 1]}iB");
    }

    private static bool TryParse(string text, out ByteCount count, out int offset, out string reason)
    {
        count = default;
        var digits = text.AsSpan().IndexOfAnyExcept("0123456789.");
        var end = digits < 0 ? text.Length : digits;
        if (end == 0 || end > 30 || !decimal.TryParse(text.AsSpan(0, end), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            (offset, reason) = (0, "expected a number, then a unit: 256Mi, 1G, 4096");
            return false;
        }

        var unit = text.AsSpan(end);
        if (unit.EndsWith("B"))
        {
            unit = unit[..^1];
        }

        decimal factor = 1;
        if (unit.Length > 0)
        {
            var binary = unit.Length == 2 && unit[1] == 'i';
            var power = unit.Length == 1 || binary ? Units.IndexOf(unit[0] == 'k' && !binary ? 'K' : unit[0], StringComparison.Ordinal) + 1 : 0;
            if (power == 0)
            {
                (offset, reason) = (end, "unknown unit; use k M G T P E (powers of 1000) or Ki Mi Gi Ti Pi Ei (powers of 1024)");
                return false;
            }

            for (var i = 0; i < power; i++)
            {
                factor *= binary ? 1024 : 1000;
            }
        }

        if (number > long.MaxValue / factor)
        {
            (offset, reason) = (0, "more than 2^63-1 bytes");
            return false;
        }

        var bytes = number * factor;
        if (bytes != decimal.Truncate(bytes))
        {
            (offset, reason) = (0, "not a whole number of bytes");
            return false;
        }

        count = new ByteCount((long)bytes);
        (offset, reason) = (0, "");
        return true;
    }
}
