using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Pods;

/// <summary>
/// Reads a container's log from its file, again and again as it grows. Every line comes once and in order; a log that the monitor began
/// anew (it renames a new file over the old one at its size limit) is read to its end and then from its new beginning.
/// </summary>
/// <remarks>Not for several threads. Reads never block: whoever follows calls again when the file has changed.</remarks>
internal sealed class LogReader(string path) : IDisposable
{
    /// <summary>conmon cuts lines at 8 KiB; what is longer than this is damage.</summary>
    private const int LongestLine = 1 << 20;

    private const int Block = 64 * 1024;
    private byte[] _buffer = new byte[Block];
    private int _length;
    private FileDescriptor? _file;
    private ulong _inode;
    private long _offset;

    /// <summary>Goes to the beginning of the last <paramref name="lines"/> lines; a line that the monitor cut into pieces counts once.</summary>
    internal void SeekTail(long lines)
    {
        if (lines < 0 || !Open())
        {
            return;
        }

        using var file = new FileStream(_file!.ProcPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        if (lines == 0)
        {
            _offset = LogFile.TailOffset(file, 0);
            return;
        }

        // Pieces make more lines in the file than there are: go back further until enough whole ones are found.
        for (var wanted = lines + 1; ; wanted = wanted > long.MaxValue / 2 ? long.MaxValue : wanted * 2)
        {
            var offset = LogFile.TailOffset(file, wanted);
            var ends = EndsFrom(file, offset);
            if (offset == 0 || ends.Count > lines)
            {
                _offset = ends.Count > lines ? ends[(int)(ends.Count - lines - 1)] : offset;
                return;
            }
        }
    }

    /// <summary>All lines that are there and were not read yet.</summary>
    internal IEnumerable<LogFile.Line> ReadOn()
    {
        while (Open())
        {
            // Looked at before reading: what was written to the old file before it was replaced is then read for certain.
            var present = FileCalls.Status(null, path);
            while (Fill())
            {
                foreach (var line in Lines())
                {
                    yield return line;
                }
            }

            if (present is null || present.Value.Inode == _inode)
            {
                if (FileCalls.Status(_file!).Size < _offset)
                {
                    // Cut off: begin again.
                    (_offset, _length) = (0, 0);
                    continue;
                }

                yield break;
            }

            if (Rest() is { } rest)
            {
                yield return rest;
            }

            _file!.Dispose();
            _file = null;
        }
    }

    /// <summary>What is left of a last line that a crash tore; for the end, when nothing more comes.</summary>
    internal LogFile.Line? Rest()
    {
        var rest = _buffer.AsSpan(0, _length);
        _length = 0;
        return Parse(rest) is { } line && line.Data.Length > 0
            ? line with { Data = line.Data.Span[^1] == (byte)'\n' ? line.Data[..^1] : line.Data }
            : null;
    }

    public void Dispose() => _file?.Dispose();

    private bool Open()
    {
        if (_file is not null)
        {
            return true;
        }

        (_file, var error) = FileCalls.TryOpen(null, path, OpenFlags.Read | OpenFlags.NoFollow);
        if (_file is null)
        {
            return error == Errno.ENOENT ? false : throw LinuxException.Of("openat2", path, error);
        }

        (_inode, _offset, _length) = (FileCalls.Status(_file).Inode, 0, 0);
        return true;
    }

    private bool Fill()
    {
        if (_length == _buffer.Length)
        {
            if (_length >= LongestLine)
            {
                _length = 0;
            }
            else
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }
        }

        var read = FileCalls.Read(_file!, _buffer.AsSpan(_length), _offset, path);
        _length += read;
        _offset += read;
        return read > 0;
    }

    private List<LogFile.Line> Lines()
    {
        var lines = new List<LogFile.Line>();
        var start = 0;
        while (_buffer.AsSpan(start, _length - start).IndexOf((byte)'\n') is var end and >= 0)
        {
            if (Parse(_buffer.AsSpan(start, end)) is { } line)
            {
                lines.Add(line);
            }

            start += end + 1;
        }

        _buffer.AsSpan(start, _length - start).CopyTo(_buffer);
        _length -= start;
        return lines;
    }

    /// <summary>A power cut can leave zeros where the file was extended and its content not yet written.</summary>
    private static LogFile.Line? Parse(ReadOnlySpan<byte> line) => LogFile.Parse(line.TrimStart((byte)0));

    /// <summary>Offsets behind the whole lines from an offset on.</summary>
    private static List<long> EndsFrom(FileStream file, long offset)
    {
        var ends = new List<long>();
        file.Position = offset;
        var head = new List<byte>(64);
        var buffer = new byte[Block];
        var at = offset;
        for (int read; (read = file.Read(buffer)) > 0;)
        {
            foreach (var value in buffer.AsSpan(0, read))
            {
                at++;
                if (value == (byte)'\n')
                {
                    if (!IsPiece(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(head)))
                    {
                        ends.Add(at);
                    }

                    head.Clear();
                }
                else if (head.Count < 64)
                {
                    head.Add(value);
                }
            }
        }

        if (head.Count > 0)
        {
            ends.Add(at);
        }

        return ends;
    }

    private static bool IsPiece(ReadOnlySpan<byte> head)
    {
        // TIME STREAM P TEXT
        var first = head.IndexOf((byte)' ');
        var second = first < 0 ? -1 : head[(first + 1)..].IndexOf((byte)' ');
        return second >= 0 && head[(first + second + 2)..].StartsWith("P "u8);
    }
}
