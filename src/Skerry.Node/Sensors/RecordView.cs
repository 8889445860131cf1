using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Skerry.Linux.Bpf;

namespace Skerry.Node.Sensors;

/// <summary>A record of the sensor, looked into: its head and where its sections are. Bytes that are no record are told as such, never trusted.</summary>
internal readonly ref struct RecordView
{
    private const int SectionHead = 4;
    private const int Kinds = (int)SectionKind.Process + 1;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly Places _places;

    private RecordView(ReadOnlySpan<byte> bytes, Places places)
    {
        _bytes = bytes;
        _places = places;
        Head = MemoryMarshal.Read<RecordHead>(bytes);
    }

    /// <summary>The head.</summary>
    internal readonly RecordHead Head;

    /// <summary>Looks at the bytes of a record. False: they are no record.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> bytes, out RecordView view)
    {
        view = default;
        var at = Unsafe.SizeOf<RecordHead>();
        if (bytes.Length < at)
        {
            return false;
        }

        var places = default(Places);
        while (at < bytes.Length)
        {
            if (bytes.Length - at < SectionHead)
            {
                return false;
            }

            var kind = MemoryMarshal.Read<ushort>(bytes[at..]);
            var length = MemoryMarshal.Read<ushort>(bytes[(at + 2)..]);
            at += SectionHead;
            if (kind is 0 or >= Kinds || length > bytes.Length - at)
            {
                return false;
            }

            places[kind] = (at << 16) | length;
            at += length;
        }

        view = new RecordView(bytes, places);
        return true;
    }

    /// <summary>Whether it has such a section.</summary>
    internal bool Has(SectionKind kind) => _places[(int)kind] != 0;

    /// <summary>The bytes of a section; none where it has no such.</summary>
    internal ReadOnlySpan<byte> Section(SectionKind kind)
    {
        var place = _places[(int)kind];
        return place == 0 ? [] : _bytes.Slice(place >> 16, place & 0xFFFF);
    }

    /// <summary>A section as a structure. False: there is none.</summary>
    internal bool TryRead<T>(SectionKind kind, out T value)
        where T : struct => MemoryMarshal.TryRead(Section(kind), out value);

    /// <summary>Offset, shifted by 16, and length of each section; 0 where it is not.</summary>
    [InlineArray(Kinds)]
    private struct Places
    {
        private int _first;
    }
}
