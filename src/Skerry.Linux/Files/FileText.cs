using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Skerry.Linux.Files;

/// <summary>
/// File names are bytes; here they are text without loss. Valid UTF-8 is itself; a byte that is not becomes one of
/// U+DC80…U+DCFF (a lone surrogate, as Python's surrogateescape does), and <see cref="Encode"/> gives the same bytes back.
/// </summary>
public static class FileText
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
            if (Rune.DecodeFromUtf8(bytes, out var rune, out int used) == OperationStatus.Done)
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

    /// <summary>The most bytes that <see cref="Encode"/> can write for a text of this length.</summary>
    public static int MaxBytes(int characters) => checked(characters * 3);

    /// <summary>Text to bytes; returns how many were written.</summary>
    /// <exception cref="ArgumentException">A surrogate that <see cref="Decode"/> never makes.</exception>
    public static int Encode(ReadOnlySpan<char> text, Span<byte> into)
    {
        if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            return Encoding.UTF8.GetBytes(text, into);
        }

        int written = 0;
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out var rune, out int used) == OperationStatus.Done)
            {
                written += rune.EncodeToUtf8(into[written..]);
            }
            else if (text[0] is >= '\uDC80' and <= '\uDCFF')
            {
                into[written++] = (byte)(text[0] - Escape);
                used = 1;
            }
            else
            {
                throw new ArgumentException("a lone surrogate stands for no byte", nameof(text));
            }

            text = text[used..];
        }

        return written;
    }
}
