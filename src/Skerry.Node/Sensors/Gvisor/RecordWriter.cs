using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Skerry.Linux.Bpf;

namespace Skerry.Node.Sensors.Gvisor;

/// <summary>Writes records as the sensor's programs in the kernel do (bpf/include/contract.h), into one buffer that is used again. What has no room is left out or cut.</summary>
internal sealed class RecordWriter
{
    /// <summary>Longest text or path.</summary>
    internal const int LongestText = 4096;

    /// <summary>Longest command line or environment.</summary>
    internal const int LongestWords = 4096;

    private const int SectionHead = 4;
    private const int Size = 32 << 10; // offsets of sections have 15 bits (RecordView)
    private const byte Separator = (byte)'/';

    private readonly byte[] _bytes = new byte[Size];
    private int _at;
    private int _section;

    /// <summary>Begins a record.</summary>
    internal void Begin() => _at = Unsafe.SizeOf<RecordHead>();

    /// <summary>Ends it.</summary>
    /// <returns>It, good until the next.</returns>
    internal ReadOnlySpan<byte> End(RecordHead head)
    {
        head.Size = (uint)_at;
        MemoryMarshal.Write(_bytes, in head);
        return _bytes.AsSpan(0, _at);
    }

    /// <summary>Adds a text.</summary>
    internal void Text(SectionKind kind, ReadOnlySpan<byte> text)
    {
        Open(kind);
        Put(text.Length > LongestText ? text[..LongestText] : text);
        Close();
    }

    /// <summary>Adds a structure.</summary>
    internal void State<T>(SectionKind kind, in T state)
        where T : struct => Text(kind, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in state)));

    /// <summary>Adds all texts of one field, each with a NUL: a command line, an environment.</summary>
    internal void Words(SectionKind kind, WireFields fields, int number)
    {
        Open(kind);
        var begin = _at;
        while (fields.Next())
        {
            if (fields.Number == number)
            {
                var left = LongestWords - (_at - begin) - 1;
                if (left < 0)
                {
                    break;
                }

                Put(fields.Bytes.Length > left ? fields.Bytes[..left] : fields.Bytes);
                Put([0]);
            }
        }

        Close();
    }

    /// <summary>Adds words that have a NUL each already.</summary>
    internal void Words(SectionKind kind, ReadOnlySpan<byte> words) => Text(kind, words);

    /// <summary>Adds a path: where it ends, and its names from the last to the first, each with a NUL.</summary>
    internal void Path(SectionKind kind, ReadOnlySpan<byte> path, PathEnd end)
    {
        Open(kind);
        Put([(byte)end]);
        path = path.Length > LongestText ? path[..LongestText] : path;
        while (!path.IsEmpty)
        {
            var slash = path.LastIndexOf(Separator);
            var name = path[(slash + 1)..];
            path = slash < 0 ? [] : path[..slash];
            if (!name.IsEmpty)
            {
                Put(name);
                Put([0]);
            }
        }

        Close();
    }

    private void Open(SectionKind kind)
    {
        _section = _at;
        if (_at + SectionHead <= Size)
        {
            MemoryMarshal.Write(_bytes.AsSpan(_at), (ushort)kind);
            _at += SectionHead;
        }
    }

    private void Close()
    {
        if (_at >= _section + SectionHead)
        {
            MemoryMarshal.Write(_bytes.AsSpan(_section + 2), (ushort)(_at - _section - SectionHead));
        }
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes.Length > Size - _at ? bytes[..(Size - _at)] : bytes;
        bytes.CopyTo(_bytes.AsSpan(_at));
        _at += bytes.Length;
    }
}
