using System.Buffers;
using System.Globalization;
using System.Text;

namespace Skerry.Node.Pods;

/// <summary>
/// Reads a container's log: lines of <c>TIME STREAM F|P TEXT</c> as the kubelet and conmon write them (CRI log format). Lines that a
/// power cut tore are shown as far as they can be read.
/// </summary>
internal static class LogFile
{
    /// <summary>One line, or a piece of one.</summary>
    internal readonly record struct Line(DateTimeOffset Time, bool IsError, ReadOnlyMemory<byte> Data);

    /// <summary>Where the last <paramref name="lines"/> lines begin, bytes from the start.</summary>
    internal static long TailOffset(FileStream file, long lines)
    {
        if (lines < 0)
        {
            return 0;
        }

        const int Block = 64 * 1024;
        var buffer = ArrayPool<byte>.Shared.Rent(Block);
        try
        {
            var end = file.Length;
            var found = 0L;
            var at = end;
            while (at > 0)
            {
                var length = (int)Math.Min(Block, at);
                at -= length;
                file.Position = at;
                file.ReadExactly(buffer, 0, length);
                for (var i = length - 1; i >= 0; i--)
                {
                    if (buffer[i] == (byte)'\n' && at + i != end - 1 && ++found == lines)
                    {
                        return at + i + 1;
                    }
                }
            }

            return lines == 0 ? end : 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Parses one line without its newline; null for what is no log line.</summary>
    internal static Line? Parse(ReadOnlySpan<byte> line)
    {
        var first = line.IndexOf((byte)' ');
        if (first <= 0 || !TryTime(line[..first], out var time))
        {
            return null;
        }

        var rest = line[(first + 1)..];
        var second = rest.IndexOf((byte)' ');
        if (second <= 0)
        {
            return null;
        }

        var isError = rest[..second].SequenceEqual("stderr"u8);
        rest = rest[(second + 1)..];
        if (rest.Length < 2 || rest[1] != (byte)' ')
        {
            return null;
        }

        var partial = rest[0] == (byte)'P';
        var text = rest[2..];
        var data = new byte[text.Length + (partial ? 0 : 1)];
        text.CopyTo(data);
        if (!partial)
        {
            data[^1] = (byte)'\n';
        }

        return new Line(time, isError, data);
    }

    private static bool TryTime(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        Span<char> characters = stackalloc char[64];
        if (text.Length > characters.Length)
        {
            time = default;
            return false;
        }

        var length = Encoding.ASCII.GetChars(text, characters);
        return DateTimeOffset.TryParse(characters[..length], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }
}
