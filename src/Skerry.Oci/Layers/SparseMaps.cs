using System.Text;

namespace Skerry.Oci.Layers;

/// <summary>Reads the maps of sparse files: GNU's old format and PAX 0.0, 0.1 and 1.0 (GNU tar manual, "Storing Sparse Files").</summary>
internal static class SparseMaps
{
    private const int PairBytes = 24; // two numeric fields of 12

    /// <summary>The old format: four pairs in the header, then blocks of 21 pairs each.</summary>
    public static List<SparseSegment> ReadOldGnu(ReadOnlySpan<byte> header, TarInput input, LayerLimits limits)
    {
        var segments = new List<SparseSegment>();
        AddPairs(segments, header.Slice(386, 4 * PairBytes), input, limits);
        var more = header[482] != 0;
        while (more)
        {
            var block = input.Block();
            if (block.Length < TarInput.BlockSize)
            {
                throw Refuse(input, "cut off in the map of a sparse file");
            }

            AddPairs(segments, block[..(21 * PairBytes)], input, limits);
            more = block[504] != 0;
        }

        return segments;
    }

    /// <summary>PAX 0.1: <c>offset,length,offset,length…</c> in a record.</summary>
    public static List<SparseSegment> ReadList(string map, TarInput input, LayerLimits limits)
    {
        var segments = new List<SparseSegment>();
        var text = Encoding.UTF8.GetBytes(map).AsSpan();
        long? offset = null;
        foreach (var range in ((ReadOnlySpan<byte>)text).Split((byte)','))
        {
            if (!TarNumbers.TryParseDecimal(text[range], false, out var number))
            {
                throw Refuse(input, "GNU.sparse.map is not a list of numbers");
            }

            if (offset is null)
            {
                offset = number;
                continue;
            }

            Add(segments, offset.Value, number, input, limits);
            offset = null;
        }

        return offset is null ? segments : throw Refuse(input, "GNU.sparse.map has an odd number of numbers");
    }

    /// <summary>PAX 1.0: lines of decimal numbers before the data, the first is the number of pairs; padded to a block.</summary>
    /// <returns>The segments and the bytes that the map took.</returns>
    public static (List<SparseSegment> Segments, long Bytes) ReadInline(TarInput input, long available, LayerLimits limits)
    {
        var segments = new List<SparseSegment>();
        var digits = new byte[20];
        long used = 0, pairs = -1;
        long? offset = null;
        var length = 0;
        while (pairs < 0 || segments.Count < pairs)
        {
            if (available - used < TarInput.BlockSize)
            {
                throw Refuse(input, "the map of a sparse file is longer than its data");
            }

            var block = input.Block();
            if (block.Length < TarInput.BlockSize)
            {
                throw Refuse(input, "cut off in the map of a sparse file");
            }

            used += block.Length;
            for (var i = 0; i < block.Length && (pairs < 0 || segments.Count < pairs); i++)
            {
                if (block[i] != '\n')
                {
                    if (length == digits.Length)
                    {
                        throw Refuse(input, "a number in the map of a sparse file is too long");
                    }

                    digits[length++] = block[i];
                    continue;
                }

                if (!TarNumbers.TryParseDecimal(digits.AsSpan(0, length), false, out var number))
                {
                    throw Refuse(input, "the map of a sparse file holds something other than numbers");
                }

                length = 0;
                if (pairs < 0)
                {
                    pairs = number <= limits.MaxSparseSegments ? number : throw TooMany(input, limits);
                }
                else if (offset is null)
                {
                    offset = number;
                }
                else
                {
                    Add(segments, offset.Value, number, input, limits);
                    offset = null;
                }
            }
        }

        return (segments, used);
    }

    /// <summary>Checks that segments ascend without overlap inside <paramref name="size"/> and together have <paramref name="stored"/> bytes; drops empty ones.</summary>
    public static SparseSegment[] Validate(IReadOnlyList<SparseSegment> segments, long size, long stored, TarInput input)
    {
        long end = 0, sum = 0;
        foreach (var segment in segments)
        {
            if (segment.Offset < end || segment.Length < 0 || segment.Offset > size - segment.Length)
            {
                throw Refuse(input, "the segments of a sparse file overlap, are out of order or reach behind its end");
            }

            end = segment.Offset + segment.Length;
            sum += segment.Length;
        }

        return sum == stored
            ? [.. segments.Where(s => s.Length > 0)]
            : throw Refuse(input, $"the segments of a sparse file have {sum} bytes but the archive holds {stored}");
    }

    private static void AddPairs(List<SparseSegment> segments, ReadOnlySpan<byte> pairs, TarInput input, LayerLimits limits)
    {
        for (; !pairs.IsEmpty && pairs[0] != 0; pairs = pairs[PairBytes..])
        {
            if (!TarNumbers.TryParse(pairs[..12], out var offset) || !TarNumbers.TryParse(pairs[12..PairBytes], out var length))
            {
                throw Refuse(input, "the map of a sparse file holds something other than numbers");
            }

            Add(segments, offset, length, input, limits);
        }
    }

    private static void Add(List<SparseSegment> segments, long offset, long length, TarInput input, LayerLimits limits)
    {
        if (segments.Count >= limits.MaxSparseSegments)
        {
            throw TooMany(input, limits);
        }

        segments.Add(new SparseSegment(offset, length));
    }

    private static OciFormatException TooMany(TarInput input, LayerLimits limits) =>
        Refuse(input, $"a sparse file with more than {limits.MaxSparseSegments} segments");

    private static OciFormatException Refuse(TarInput input, string reason) => new("tar", input.Position, reason);
}
