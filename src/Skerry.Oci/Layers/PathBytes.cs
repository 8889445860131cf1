using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Skerry.Oci.Layers;

/// <summary>File names are bytes; here they are text without loss.</summary>
/// <remarks>
/// Valid UTF-8 is itself. A byte that is not becomes one of U+DC80…U+DCFF (a lone surrogate, as Python's surrogateescape
/// does), so <see cref="Encode"/> gives the same bytes back. Pass such names to the kernel through <see cref="Encode"/> only.
/// </remarks>
public static class PathBytes
{
    private const char Escape = '\uDC00';

    /// <summary>Bytes to text.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            return Encoding.UTF8.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var used) == OperationStatus.Done)
            {
                text.Append(rune.ToString());
                bytes = bytes[used..];
            }
            else
            {
                text.Append((char)(Escape + bytes[0]));
                bytes = bytes[1..];
            }
        }

        return text.ToString();
    }

    /// <summary>Text to bytes, the inverse of <see cref="Decode"/>.</summary>
    /// <exception cref="ArgumentException">A surrogate that <see cref="Decode"/> never makes.</exception>
    public static byte[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            return Encoding.UTF8.GetBytes(text);
        }

        var bytes = new List<byte>(text.Length + 8);
        Span<byte> one = stackalloc byte[4];
        for (var i = 0; i < text.Length;)
        {
            if (Rune.TryGetRuneAt(text, i, out var rune))
            {
                bytes.AddRange(one[..rune.EncodeToUtf8(one)]);
                i += rune.Utf16SequenceLength;
            }
            else if (text[i] is >= '\uDC80' and <= '\uDCFF')
            {
                bytes.Add((byte)(text[i++] - Escape));
            }
            else
            {
                throw new ArgumentException($"a lone surrogate at {i} stands for no byte", nameof(text));
            }
        }

        return [.. bytes];
    }

    /// <summary>Length in bytes of what <see cref="Encode"/> gives.</summary>
    public static int ByteLength(ReadOnlySpan<char> text)
    {
        if (text.IndexOfAnyExceptInRange('\0', '\x7f') < 0)
        {
            return text.Length;
        }

        return Encode(text.ToString()).Length;
    }

    /// <summary>For messages: control characters and escaped bytes as <c>\xNN</c>, cut after 200 characters.</summary>
    public static string Printable(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var result = new StringBuilder();
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, 200)))
        {
            if (char.IsControl(c))
            {
                result.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\x{(int)c:x2}");
            }
            else if (c is >= '\uDC80' and <= '\uDCFF')
            {
                result.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\x{c - Escape:x2}");
            }
            else
            {
                result.Append(c);
            }
        }

        return text.Length > 200 ? result.Append('…').ToString() : result.ToString();
    }
}
