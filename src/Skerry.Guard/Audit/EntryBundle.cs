using System.Buffers.Binary;

namespace Skerry.Guard.Audit;

/// <summary>Up to 256 entries as one file: each after its length in two bytes, big-endian (C2SP tlog-tiles).</summary>
public static class EntryBundle
{
    /// <summary>Longest entry, bytes.</summary>
    public const int LongestEntry = ushort.MaxValue;

    private const string Format = "entry bundle";

    /// <summary>The bundle of these entries.</summary>
    public static byte[] Write(IReadOnlyCollection<byte[]> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var bytes = new byte[entries.Sum(static e => sizeof(ushort) + e.Length)];
        var at = bytes.AsSpan();
        foreach (var entry in entries)
        {
            BinaryPrimitives.WriteUInt16BigEndian(at, checked((ushort)entry.Length));
            entry.CopyTo(at[sizeof(ushort)..]);
            at = at[(sizeof(ushort) + entry.Length)..];
        }

        return bytes;
    }

    /// <summary>The entries of a bundle that must have so many.</summary>
    /// <exception cref="AuditFormatException">It has fewer or more, or ends within one.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Read(ReadOnlyMemory<byte> bundle, int count)
    {
        var entries = new List<ReadOnlyMemory<byte>>(count);
        for (var at = 0; at < bundle.Length;)
        {
            var rest = bundle[at..];
            if (rest.Length < sizeof(ushort) || BinaryPrimitives.ReadUInt16BigEndian(rest.Span) is var length && length > rest.Length - sizeof(ushort))
            {
                throw new AuditFormatException(Format, $"it ends within entry {entries.Count}");
            }

            if (entries.Count == count)
            {
                throw new AuditFormatException(Format, $"more than {count} entries");
            }

            entries.Add(rest.Slice(sizeof(ushort), BinaryPrimitives.ReadUInt16BigEndian(rest.Span)));
            at += sizeof(ushort) + entries[^1].Length;
        }

        return entries.Count == count ? entries : throw new AuditFormatException(Format, $"{entries.Count} entries instead of {count}");
    }
}
