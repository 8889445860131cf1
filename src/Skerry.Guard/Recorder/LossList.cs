using System.Buffers.Binary;

namespace Skerry.Guard.Recorder;

/// <summary>The losses that a block tells of. Those that differ in time and number alone are one.</summary>
public sealed class LossList
{
    private const int Fixed = 1 + (2 * sizeof(long)) + sizeof(ulong); // kind, from, to, count

    private readonly List<RecordLoss> _all = [];

    /// <summary>All.</summary>
    public IReadOnlyList<RecordLoss> All => _all;

    /// <summary>Adds one. Beyond <see cref="RecordFormat.MaxLosses"/> what differs is kept together as of any container.</summary>
    public void Add(RecordLoss loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        loss = loss with { What = ContainerTallies.Cut(loss.What), Container = ContainerTallies.Cut(loss.Container), Name = ContainerTallies.Cut(loss.Name), Pod = ContainerTallies.Cut(loss.Pod), Namespace = ContainerTallies.Cut(loss.Namespace) };
        if (_all.Count >= RecordFormat.MaxLosses - (int)LossKind.Untold)
        {
            loss = new RecordLoss(loss.Kind, loss.From, loss.To, loss.Count);
        }

        for (var i = 0; i < _all.Count; i++)
        {
            if (_all[i].With(loss) is { } both)
            {
                _all[i] = both;
                return;
            }
        }

        _all.Add(loss);
    }

    /// <summary>Forgets all.</summary>
    public void Clear() => _all.Clear();

    internal static int LengthOf(IReadOnlyList<RecordLoss> losses) => losses.Count == 0 ? 0 : sizeof(uint) + losses.Sum(static l =>
        Fixed + BlockHead.Size(l.What) + BlockHead.Size(l.Container) + BlockHead.Size(l.Name) + BlockHead.Size(l.Pod) + BlockHead.Size(l.Namespace));

    internal static void Write(Span<byte> rest, IReadOnlyList<RecordLoss> losses)
    {
        if (losses.Count == 0)
        {
            return;
        }

        BinaryPrimitives.WriteInt32LittleEndian(rest, losses.Count);
        rest = rest[sizeof(uint)..];
        foreach (var loss in losses)
        {
            rest[0] = (byte)loss.Kind;
            BinaryPrimitives.WriteInt64LittleEndian(rest[1..], loss.From);
            BinaryPrimitives.WriteInt64LittleEndian(rest[9..], loss.To);
            BinaryPrimitives.WriteUInt64LittleEndian(rest[17..], loss.Count);
            rest = BlockHead.Put(rest[Fixed..], loss.What);
            rest = BlockHead.Put(rest, loss.Container);
            rest = BlockHead.Put(rest, loss.Name);
            rest = BlockHead.Put(rest, loss.Pod);
            rest = BlockHead.Put(rest, loss.Namespace);
        }
    }

    internal static IReadOnlyList<RecordLoss> Read(ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < sizeof(uint))
        {
            throw new RecordFormatException("the head ends before its losses");
        }

        var count = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        bytes = bytes[sizeof(uint)..];
        if (count > RecordFormat.MaxLosses)
        {
            throw new RecordFormatException($"the head says {count} losses; more than {RecordFormat.MaxLosses} are not believed");
        }

        List<RecordLoss> losses = [];
        for (var i = 0; i < count; i++)
        {
            if (bytes.Length < Fixed)
            {
                throw new RecordFormatException($"the head ends within its loss {i}");
            }

            var (kind, from, to, many) = ((LossKind)bytes[0], BinaryPrimitives.ReadInt64LittleEndian(bytes[1..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[9..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[17..]));
            bytes = bytes[Fixed..];
            losses.Add(new RecordLoss(kind, from, to, many, BlockHead.Take(ref bytes), BlockHead.Take(ref bytes), BlockHead.Take(ref bytes), BlockHead.Take(ref bytes), BlockHead.Take(ref bytes)));
        }

        return losses;
    }
}
