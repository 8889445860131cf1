using System.Buffers.Binary;
using System.Text;

namespace Skerry.Node.Isolation.Jails;

/// <summary>
/// What the dynamic loader reads of a program or library (elf(5), System V gABI, 64 bit, little endian): which loader it asks for, which
/// libraries, and where it says they are. Everything read has a limit; a file that breaks the format is refused with the place and the reason.
/// </summary>
internal sealed record ElfFile
{
    private const int HeaderSize = 64;
    private const int SegmentSize = 56;
    private const int EntrySize = 16;
    private const int MostSegments = 256;
    private const int MostEntries = 4096;
    private const int MostNeeded = 512;
    private const int MostText = 4096; // PATH_MAX, limits.h

    // p_type and d_tag, elf.h.
    private const uint PT_LOAD = 1;
    private const uint PT_DYNAMIC = 2;
    private const uint PT_INTERP = 3;
    private const long DT_NULL = 0;
    private const long DT_NEEDED = 1;
    private const long DT_STRTAB = 5;
    private const long DT_STRSZ = 10;
    private const long DT_RPATH = 15;
    private const long DT_RUNPATH = 29;

    /// <summary>e_machine: 62 x86-64, 183 AArch64.</summary>
    public required ushort Machine { get; init; }

    /// <summary>The loader (PT_INTERP); null: a static program, or a library.</summary>
    public string? Interpreter { get; init; }

    /// <summary>Libraries in the order of DT_NEEDED.</summary>
    public IReadOnlyList<string> Needed { get; init; } = [];

    /// <summary>Directories of DT_RUNPATH, or of DT_RPATH where there is no other; not expanded.</summary>
    public IReadOnlyList<string> SearchPath { get; init; } = [];

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It is no such file; the message says where and why.</exception>
    internal static ElfFile Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        try
        {
            return Read(stream);
        }
        catch (FormatException error)
        {
            throw new FormatException($"{path}: {error.Message}", error);
        }
    }

    /// <inheritdoc cref="Read(string)"/>
    internal static ElfFile Read(Stream stream)
    {
        var header = Bytes(stream, 0, HeaderSize, "header");
        if (!header.AsSpan(0, 4).SequenceEqual("\u007fELF"u8))
        {
            throw Malformed(0, "it does not begin with \\x7fELF");
        }

        if (header[4] != 2 || header[5] != 1)
        {
            throw Malformed(4, $"class {header[4]}, data {header[5]}: only 64 bit, little endian (2, 1) is read");
        }

        var kind = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(16));
        if (kind is not (2 or 3))
        {
            throw Malformed(16, $"type {kind} is neither a program (2) nor a library or position-independent program (3)");
        }

        var at = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(32));
        int size = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(54));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(56));
        if (size != SegmentSize || count > MostSegments)
        {
            throw Malformed(54, $"{count} program headers of {size} bytes: at most {MostSegments} of {SegmentSize}");
        }

        var segments = Segments(Bytes(stream, at, count * SegmentSize, "program headers"));
        var file = new ElfFile { Machine = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(18)) };
        foreach (var segment in segments)
        {
            if (segment.Kind == PT_INTERP)
            {
                file = file with { Interpreter = Text(stream, segment.Offset, segment.Size, "interpreter") };
            }
            else if (segment.Kind == PT_DYNAMIC)
            {
                file = Dynamic(stream, file, segment, segments);
            }
        }

        return file;
    }

    private static List<Segment> Segments(byte[] raw)
    {
        var segments = new List<Segment>(raw.Length / SegmentSize);
        for (var at = 0; at < raw.Length; at += SegmentSize)
        {
            var one = raw.AsSpan(at, SegmentSize);
            segments.Add(new Segment(
                BinaryPrimitives.ReadUInt32LittleEndian(one),
                BinaryPrimitives.ReadUInt64LittleEndian(one[8..]),
                BinaryPrimitives.ReadUInt64LittleEndian(one[16..]),
                BinaryPrimitives.ReadUInt64LittleEndian(one[32..])));
        }

        return segments;
    }

    private static ElfFile Dynamic(Stream stream, ElfFile file, Segment dynamic, List<Segment> segments)
    {
        if (dynamic.Size > MostEntries * EntrySize)
        {
            throw Malformed(dynamic.Offset, $"the dynamic section has {dynamic.Size} bytes, more than {MostEntries * EntrySize}");
        }

        var raw = Bytes(stream, dynamic.Offset, (int)dynamic.Size / EntrySize * EntrySize, "dynamic section");
        ulong? table = null;
        ulong tableSize = 0;
        List<ulong> needed = [];
        ulong? rpath = null;
        ulong? runpath = null;
        for (var at = 0; at < raw.Length; at += EntrySize)
        {
            var value = BinaryPrimitives.ReadUInt64LittleEndian(raw.AsSpan(at + 8));
            switch (BinaryPrimitives.ReadInt64LittleEndian(raw.AsSpan(at)))
            {
                case DT_NULL:
                    at = raw.Length;
                    break;
                case DT_NEEDED when needed.Count == MostNeeded:
                    throw Malformed(dynamic.Offset + (ulong)at, $"more than {MostNeeded} libraries");
                case DT_NEEDED:
                    needed.Add(value);
                    break;
                case DT_STRTAB:
                    table = value;
                    break;
                case DT_STRSZ:
                    tableSize = value;
                    break;
                case DT_RPATH:
                    rpath = value;
                    break;
                case DT_RUNPATH:
                    runpath = value;
                    break;
            }
        }

        if (needed.Count == 0)
        {
            return file;
        }

        var strings = Place(segments, table ?? throw Malformed(dynamic.Offset, "libraries are named, but there is no string table"));
        return file with
        {
            Needed = [.. needed.Select(Name)],
            SearchPath = (runpath ?? rpath) is { } path ? Name(path).Split(':', StringSplitOptions.RemoveEmptyEntries) : [],
        };

        string Name(ulong offset) => offset < tableSize
            ? Text(stream, strings > ulong.MaxValue - offset ? ulong.MaxValue : strings + offset, tableSize - offset, "name of a library")
            : throw Malformed(dynamic.Offset, $"a name at {offset} is outside the string table of {tableSize} bytes");
    }

    /// <summary>Where in the file an address is.</summary>
    private static ulong Place(List<Segment> segments, ulong address)
    {
        foreach (var segment in segments)
        {
            if (segment.Kind == PT_LOAD && address >= segment.Address && address - segment.Address < segment.Size)
            {
                return segment.Offset + (address - segment.Address);
            }
        }

        throw Malformed(0, $"address 0x{address:x} of the string table is in no segment");
    }

    private static string Text(Stream stream, ulong at, ulong most, string what)
    {
        var bytes = Bytes(stream, at, (int)Math.Min(Math.Min(most, MostText), Left(stream, at)), what);
        var end = bytes.AsSpan().IndexOf((byte)0);
        if (end <= 0)
        {
            throw Malformed(at, end == 0 ? $"{what}: it is empty" : $"{what}: no end within {bytes.Length} bytes");
        }

        var text = Encoding.UTF8.GetString(bytes, 0, end);
        return text.Any(char.IsControl) || text.Contains('\uFFFD', StringComparison.Ordinal) ? throw Malformed(at, $"{what}: it is not text") : text;
    }

    private static ulong Left(Stream stream, ulong at) => at < (ulong)stream.Length ? (ulong)stream.Length - at : 0;

    private static byte[] Bytes(Stream stream, ulong at, int count, string what)
    {
        if (Left(stream, at) < (ulong)count)
        {
            throw Malformed(at, $"{what}: the file ends before its {count} bytes");
        }

        if (count == 0)
        {
            return []; // the place itself may be beyond anything that a stream can go to
        }

        var bytes = new byte[count];
        stream.Position = (long)at;
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static FormatException Malformed(ulong at, string why) => new($"ELF at 0x{at:x}: {why}");

    private readonly record struct Segment(uint Kind, ulong Offset, ulong Address, ulong Size);
}
