using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Skerry.Guard.Events;

/// <summary>An IPv4 or IPv6 address as a number, so that networks are compared by masks.</summary>
/// <param name="Bits">The address; an IPv4 address has the lowest 32 bits.</param>
/// <param name="IsV6">Which family.</param>
public readonly record struct NetworkAddress(UInt128 Bits, bool IsV6)
{
    /// <summary>Width of an address of this family in bits.</summary>
    public int Width => IsV6 ? 128 : 32;

    /// <summary>Reads dotted or colon form, and no other: what has a dot is an IPv4 address, as inet_pton(3) reads it in rules of Falco.</summary>
    public static bool TryParse(string text, out NetworkAddress address)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Contains('.', StringComparison.Ordinal) ? TryParseV4(text, out address) : TryParseV6(text, out address);
    }

    /// <summary>From network byte order: 4 or 16 bytes.</summary>
    public static NetworkAddress FromBytes(ReadOnlySpan<byte> bytes)
    {
        UInt128 bits = 0;
        foreach (var value in bytes)
        {
            bits = (bits << 8) | value;
        }

        return new NetworkAddress(bits, bytes.Length == 16);
    }

    /// <summary>Four decimal numbers of a byte without zeros before them.</summary>
    private static bool TryParseV4(ReadOnlySpan<char> text, out NetworkAddress address)
    {
        address = default;
        UInt128 bits = 0;
        var parts = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            if (++parts > 4 || part.Length > 3 || part is ['0', _, ..] || !byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            {
                return false;
            }

            bits = (bits << 8) | value;
        }

        address = new NetworkAddress(bits, IsV6: false);
        return parts == 4;
    }

    /// <summary>Hexadecimal digits and colons alone: no brackets, no zone.</summary>
    private static bool TryParseV6(string text, out NetworkAddress address)
    {
        address = default;
        if (!text.All(static c => char.IsAsciiHexDigit(c) || c == ':') || !IPAddress.TryParse(text, out var parsed) || parsed.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[16];
        parsed.TryWriteBytes(bytes, out var length);
        address = FromBytes(bytes[..length]);
        return true;
    }

    /// <summary>Writes the usual form as UTF-8.</summary>
    internal void Write(Scratch scratch)
    {
        const int Longest = 46; // INET6_ADDRSTRLEN
        Span<byte> bytes = stackalloc byte[16];
        var width = Width / 8;
        for (var i = 0; i < width; i++)
        {
            bytes[i] = (byte)(Bits >> (8 * (width - 1 - i)));
        }

        new IPAddress(bytes[..width]).TryFormat(scratch.Reserve(Longest), out var written);
        scratch.Advance(written);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var scratch = new Scratch();
        Write(scratch.Begin());
        return scratch.Take().ToString();
    }
}
