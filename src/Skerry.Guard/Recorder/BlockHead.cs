using System.Buffers.Binary;
using System.Text;

namespace Skerry.Guard.Recorder;

/// <summary>What stands before the content of a block: how much there is of it, from when, and of which containers.</summary>
public sealed class BlockHead
{
    /// <summary>Bytes of the head itself.</summary>
    public required int HeadLength { get; init; }

    /// <summary>Bytes of the content as it is stored.</summary>
    public required int StoredLength { get; init; }

    /// <summary>Bytes of the content when it is unpacked.</summary>
    public required int RawLength { get; init; }

    /// <summary>Number of events.</summary>
    public required int Events { get; init; }

    /// <summary>Time of the earliest event or loss, nanoseconds since 1970.</summary>
    public required long FirstTime { get; init; }

    /// <summary>Time of the latest event or loss.</summary>
    public required long LastTime { get; init; }

    /// <summary>Running number of the block in its recording.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>Events that came before this block and could not be recorded.</summary>
    public required ulong Lost { get; init; }

    /// <summary>The containers whose events are in it.</summary>
    public required IReadOnlyList<ContainerTally> Containers { get; init; }

    /// <summary>What was lost before the recorder could get it.</summary>
    public IReadOnlyList<RecordLoss> Losses { get; init; } = [];

    /// <summary>Bytes of head and content.</summary>
    public int Length => HeadLength + StoredLength;

    internal uint ContentChecksum { get; init; }

    internal static int LengthOf(IEnumerable<ContainerTally> containers, IReadOnlyList<RecordLoss> losses) => RecordFormat.FixedHead + RecordFormat.HeadTail + LossList.LengthOf(losses)
        + containers.Sum(static c => Size(c.Id) + Size(c.Name) + Size(c.Pod) + Size(c.Namespace) + sizeof(uint));

    /// <summary>Reads how long a head is, from its first <see cref="RecordFormat.FixedHead"/> bytes.</summary>
    /// <returns>Null where the bytes begin no block.</returns>
    internal static int? ReadLength(ReadOnlySpan<byte> bytes)
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes) == RecordFormat.Magic && length is >= RecordFormat.FixedHead + RecordFormat.HeadTail and <= RecordFormat.MaxHead ? (int)length : null;
    }

    /// <summary>Reads a whole head.</summary>
    /// <exception cref="RecordFormatException">It is damaged, or of another version.</exception>
    internal static BlockHead Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < RecordFormat.FixedHead + RecordFormat.HeadTail || ReadLength(bytes) != bytes.Length)
        {
            throw new RecordFormatException("no block begins here");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]) is var said && Checksum.Of(bytes[..^4]) is var found && said != found)
        {
            throw new RecordFormatException($"the head's checksum is {found:x8}, and it says {said:x8}");
        }

        var version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]);
        if (version is not (RecordFormat.Version or RecordFormat.VersionWithLosses))
        {
            throw new RecordFormatException($"the block is of version {version}, and this program reads versions {RecordFormat.Version} and {RecordFormat.VersionWithLosses}");
        }

        var rest = bytes[RecordFormat.FixedHead..^RecordFormat.HeadTail];
        var containers = ReadContainers(ref rest, Bounded(bytes[56..], RecordFormat.MaxContainers, "containers"));
        var losses = version == RecordFormat.VersionWithLosses ? LossList.Read(ref rest) : [];
        if (!rest.IsEmpty)
        {
            throw new RecordFormatException($"the head goes on for {rest.Length} bytes behind what it says");
        }

        return new BlockHead
        {
            HeadLength = bytes.Length,
            StoredLength = Bounded(bytes[12..], RecordFormat.MaxStored, "stored bytes"),
            RawLength = Bounded(bytes[16..], RecordFormat.MaxRaw, "bytes of content"),
            Events = Bounded(bytes[20..], int.MaxValue, "events"),
            FirstTime = BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
            LastTime = BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
            Sequence = BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]),
            Lost = BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]),
            Containers = containers,
            Losses = losses,
            ContentChecksum = BinaryPrimitives.ReadUInt32LittleEndian(bytes[^8..]),
        };
    }

    internal void Write(Span<byte> bytes)
    {
        bytes.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, RecordFormat.Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], Losses.Count == 0 ? RecordFormat.Version : RecordFormat.VersionWithLosses);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], HeadLength);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], StoredLength);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[16..], RawLength);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[20..], Events);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], FirstTime);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], LastTime);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[40..], Sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[48..], Lost);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[56..], Containers.Count);
        var rest = bytes[RecordFormat.FixedHead..];
        foreach (var container in Containers)
        {
            rest = Put(rest, container.Id);
            rest = Put(rest, container.Name);
            rest = Put(rest, container.Pod);
            rest = Put(rest, container.Namespace);
            BinaryPrimitives.WriteInt32LittleEndian(rest, container.Events);
            rest = rest[sizeof(uint)..];
        }

        LossList.Write(rest, Losses);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[^8..], ContentChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[^4..], Checksum.Of(bytes[..^4]));
    }

    internal static int Size(string name) => 1 + Encoding.UTF8.GetByteCount(name);

    internal static Span<byte> Put(Span<byte> bytes, string name)
    {
        bytes[0] = (byte)Encoding.UTF8.GetBytes(name, bytes[1..]);
        return bytes[(1 + bytes[0])..];
    }

    private static int Bounded(ReadOnlySpan<byte> bytes, int most, string of) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes) is var value && value <= (uint)most ? (int)value : throw new RecordFormatException($"the head says {value} {of}; more than {most} are not believed");

    private static List<ContainerTally> ReadContainers(ref ReadOnlySpan<byte> bytes, int count)
    {
        List<ContainerTally> containers = [];
        for (var i = 0; i < count; i++)
        {
            var tally = new ContainerTally(Take(ref bytes), Take(ref bytes), Take(ref bytes), Take(ref bytes), 0);
            if (bytes.Length < sizeof(uint))
            {
                throw new RecordFormatException($"the head ends within its container {i}");
            }

            containers.Add(tally with { Events = Bounded(bytes, int.MaxValue, "events of a container") });
            bytes = bytes[sizeof(uint)..];
        }

        return containers;
    }

    internal static string Take(ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes.Length <= bytes[0])
        {
            throw new RecordFormatException("the head ends within a name");
        }

        var name = Encoding.UTF8.GetString(bytes.Slice(1, bytes[0]));
        bytes = bytes[(1 + bytes[0])..];
        return name;
    }
}
