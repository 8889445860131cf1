using System.Buffers.Binary;
using System.Text;

namespace Skerry.Node.Tests.Isolation.Jails;

/// <summary>A small ELF file, put together by hand, whose every field a test may spoil.</summary>
internal sealed class ElfVector
{
    internal const int Segments = 64;
    internal const int Interpreter = 0x100;
    internal const int Dynamic = 0x200;
    internal const int Strings = 0x400;
    private readonly byte[] _bytes = new byte[0x600];
    private int _entries;
    private int _text = 1; // offset 0 of a string table is the empty string

    /// <summary>A program for x86-64 with a loader and no libraries yet.</summary>
    internal ElfVector()
    {
        "\u007fELF"u8.CopyTo(_bytes);
        _bytes[4] = 2;
        _bytes[5] = 1;
        Put16(16, 3);
        Put16(18, 62);
        Put64(32, Segments);
        Put16(54, 56);
        Put16(56, 3);
        Segment(0, kind: 1, offset: 0, address: 0x10000, size: 0x600);
        Segment(1, kind: 3, offset: Interpreter, address: 0x10000 + Interpreter, size: 0x40);
        Segment(2, kind: 2, offset: Dynamic, address: 0x10000 + Dynamic, size: 0x200);
        Encoding.ASCII.GetBytes("/lib64/ld-linux-x86-64.so.2\0").CopyTo(_bytes, Interpreter);
        Entry(5, 0x10000 + Strings);
        Entry(10, 0x200);
    }

    internal Stream Stream => new MemoryStream(_bytes);

    /// <summary>Adds DT_NEEDED (1), DT_RPATH (15) or DT_RUNPATH (29).</summary>
    internal ElfVector Text(long tag, string value)
    {
        Entry(tag, (ulong)_text);
        var bytes = Encoding.UTF8.GetBytes(value + "\0");
        bytes.CopyTo(_bytes, Strings + _text);
        _text += bytes.Length;
        return this;
    }

    internal ElfVector Entry(long tag, ulong value)
    {
        var at = Dynamic + (16 * _entries++);
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.AsSpan(at), tag);
        Put64(at + 8, value);
        return this;
    }

    internal ElfVector Segment(int index, uint kind, ulong offset, ulong address, ulong size)
    {
        var at = Segments + (56 * index);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(at), kind);
        Put64(at + 8, offset);
        Put64(at + 16, address);
        Put64(at + 32, size);
        return this;
    }

    internal ElfVector Put8(int at, byte value)
    {
        _bytes[at] = value;
        return this;
    }

    internal ElfVector Put16(int at, ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(at), value);
        return this;
    }

    internal ElfVector Put64(int at, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(at), value);
        return this;
    }
}
