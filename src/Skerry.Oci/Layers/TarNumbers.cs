using System.Numerics;

namespace Skerry.Oci.Layers;

/// <summary>Numbers and checksums of tar headers (POSIX.1-1988 ustar; GNU base-256).</summary>
internal static class TarNumbers
{
    /// <summary>A numeric field: octal digits padded by spaces and NULs, or base-256 when the first bit is set.</summary>
    public static bool TryParse(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        if (field.Length > 0 && (field[0] & 0x80) != 0)
        {
            return TryParseBinary(field, out value);
        }

        field = field.Trim(" \0"u8);
        foreach (var digit in field)
        {
            if (digit is < (byte)'0' or > (byte)'7' || value > long.MaxValue >> 3)
            {
                return false;
            }

            value = (value << 3) | (long)(digit - (byte)'0');
        }

        return true;
    }

    /// <summary>A decimal number as PAX writes it: digits only, an optional minus when <paramref name="signed"/>.</summary>
    public static bool TryParseDecimal(ReadOnlySpan<byte> text, bool signed, out long value)
    {
        value = 0;
        var negative = signed && text.StartsWith("-"u8);
        text = negative ? text[1..] : text;
        if (text.IsEmpty || text.Length > 19)
        {
            return false;
        }

        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9' || value > (long.MaxValue - 9) / 10)
            {
                return false;
            }

            value = value * 10 + (digit - '0');
        }

        value = negative ? -value : value;
        return true;
    }

    /// <summary>A PAX time: seconds, optionally a fraction; what is finer than a nanosecond is cut off.</summary>
    public static bool TryParseTime(ReadOnlySpan<byte> text, out FileTime time)
    {
        time = default;
        var dot = text.IndexOf((byte)'.');
        if (!TryParseDecimal(dot < 0 ? text : text[..dot], signed: true, out var seconds))
        {
            return false;
        }

        var nanoseconds = 0;
        if (dot >= 0)
        {
            var fraction = text[(dot + 1)..];
            for (var i = 0; i < fraction.Length; i++)
            {
                if (fraction[i] is < (byte)'0' or > (byte)'9')
                {
                    return false;
                }

                nanoseconds = i < 9 ? nanoseconds * 10 + (fraction[i] - '0') : nanoseconds;
            }

            for (var i = fraction.Length; i < 9; i++)
            {
                nanoseconds *= 10;
            }
        }

        // -1.25 s is second -2 and 0.75
        time = text.StartsWith("-"u8) && nanoseconds > 0 ? new FileTime(seconds - 1, 1_000_000_000 - nanoseconds) : new FileTime(seconds, nanoseconds);
        return true;
    }

    /// <summary>Whether the header's checksum field agrees with its bytes, summed unsigned (POSIX) or signed (old Sun tar).</summary>
    public static bool IsChecksumRight(ReadOnlySpan<byte> block)
    {
        var field = block.Slice(148, 8);
        if (!TryParse(field, out var expected))
        {
            return false;
        }

        var spaces = 8 * ' ';
        if (expected == Sum(block) - Sum(field) + spaces)
        {
            return true;
        }

        long signed = spaces;
        for (var i = 0; i < block.Length; i++)
        {
            signed += i is >= 148 and < 156 ? 0 : (sbyte)block[i];
        }

        return expected == signed;
    }

    /// <summary>The unsigned sum of the bytes.</summary>
    public static int Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0;
        if (bytes.Length == 512)
        {
            // a lane takes at most 2 × 32 bytes of 255
            var lanes = Vector<ushort>.Zero;
            while (bytes.Length >= Vector<byte>.Count)
            {
                Vector.Widen(new Vector<byte>(bytes), out var low, out var high);
                lanes += low + high;
                bytes = bytes[Vector<byte>.Count..];
            }

            Vector.Widen(lanes, out var lower, out var higher);
            sum = (int)Vector.Sum(lower + higher);
        }

        foreach (var b in bytes)
        {
            sum += b;
        }

        return sum;
    }

    private static bool TryParseBinary(ReadOnlySpan<byte> field, out long value)
    {
        // two's complement, big endian; bit 7 of the first byte is the mark, bit 6 the sign
        var invert = (field[0] & 0x40) != 0 ? (byte)0xff : (byte)0;
        ulong number = 0;
        value = 0;
        for (var i = 0; i < field.Length; i++)
        {
            var b = (byte)(field[i] ^ invert);
            b = i == 0 ? (byte)(b & 0x7f) : b;
            if (number >> 56 != 0)
            {
                return false;
            }

            number = (number << 8) | b;
        }

        if (number > long.MaxValue)
        {
            return false;
        }

        value = invert == 0 ? (long)number : ~(long)number;
        return true;
    }
}
