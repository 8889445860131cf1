using System.Buffers.Binary;
using System.Text;
using Skerry.Guard.Audit;

namespace Skerry.Node.Audit;

/// <summary>
/// The end of the log that does not fill a bundle yet, as one file that grows: batches of entries, each closed by the signed checkpoint of the log
/// with it. What is appended is on the medium when the call returns.
/// </summary>
/// <remarks>
/// The file is its name and first entry's number, then batches: length in four bytes, number of entries in two, the entries as in a bundle, the
/// checkpoint. Numbers are big-endian. A batch counts only whole, and with a checkpoint that is of it: what a power cut left of one is cut away.
/// </remarks>
internal sealed class AuditTail : IDisposable
{
    internal const string Name = "tail";

    private const int HeaderLength = 16;
    private const int BatchHeader = 6;
    private static readonly byte[] Magic = "skaudit1"u8.ToArray();

    private readonly FileStream _file;

    private AuditTail(FileStream file, long first, List<AuditBatch> batches)
    {
        _file = file;
        First = first;
        Batches = batches;
    }

    /// <summary>Number of the first entry in it; a multiple of 256.</summary>
    internal long First { get; }

    /// <summary>What was read when it was opened.</summary>
    internal IReadOnlyList<AuditBatch> Batches { get; }

    /// <summary>Opens the tail of a log, and cuts off what was not written whole. Null where there is none.</summary>
    /// <param name="files">The log's files.</param>
    /// <param name="isWhole">Whether a batch's checkpoint is of the log with that batch; asked in order, no more after the first no.</param>
    /// <exception cref="AuditFormatException">The file is no tail.</exception>
    internal static AuditTail? Open(AuditFiles files, Func<long, AuditBatch, bool> isWhole)
    {
        if (files.TryRead(Name) is not { } bytes)
        {
            return null;
        }

        if (bytes.Length < HeaderLength || !bytes.AsSpan(0, Magic.Length).SequenceEqual(Magic) || BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(Magic.Length)) is not (>= 0 and var first))
        {
            throw new AuditFormatException(Name, "it does not begin as the end of an audit log does");
        }

        var batches = new List<AuditBatch>();
        var at = HeaderLength;
        while (TryRead(bytes.AsMemory(at)) is { } batch && isWhole(first, batch))
        {
            batches.Add(batch);
            at += batch.Length;
        }

        var file = new FileStream(files.PathOf(Name), new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write, BufferSize = 0 });
        if (at < file.Length)
        {
            file.SetLength(at);
            file.Flush(flushToDisk: true);
        }

        file.Position = at;
        return new AuditTail(file, first, batches);
    }

    /// <summary>Puts a new tail in the place of the one that is there.</summary>
    internal static AuditTail Begin(AuditFiles files, long first, IReadOnlyCollection<byte[]> entries, SignedNote? checkpoint)
    {
        var header = new byte[HeaderLength];
        Magic.CopyTo(header, 0);
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(Magic.Length), first);
        files.Write(Name, entries.Count == 0 ? header : [.. header, .. Encode(entries, checkpoint!)]);
        var file = new FileStream(files.PathOf(Name), new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write, BufferSize = 0 });
        file.Position = file.Length;
        return new AuditTail(file, first, []);
    }

    /// <summary>Appends a batch. After a failure the file is as it was before.</summary>
    internal void Append(IReadOnlyCollection<byte[]> entries, SignedNote checkpoint)
    {
        var before = _file.Position;
        try
        {
            _file.Write(Encode(entries, checkpoint));
            _file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            _file.SetLength(before);
            _file.Position = before;
            throw;
        }
    }

    public void Dispose() => _file.Dispose();

    private static byte[] Encode(IReadOnlyCollection<byte[]> entries, SignedNote checkpoint)
    {
        var (bundle, note) = (EntryBundle.Write(entries), Encoding.UTF8.GetBytes(checkpoint.ToString()));
        var batch = new byte[BatchHeader + bundle.Length + sizeof(ushort) + note.Length];
        BinaryPrimitives.WriteInt32BigEndian(batch, batch.Length);
        BinaryPrimitives.WriteUInt16BigEndian(batch.AsSpan(4), checked((ushort)entries.Count));
        bundle.CopyTo(batch, BatchHeader);
        BinaryPrimitives.WriteUInt16BigEndian(batch.AsSpan(BatchHeader + bundle.Length), checked((ushort)note.Length));
        note.CopyTo(batch, BatchHeader + bundle.Length + sizeof(ushort));
        return batch;
    }

    /// <summary>The batch that these bytes begin with, null where they do not hold a whole one.</summary>
    private static AuditBatch? TryRead(ReadOnlyMemory<byte> rest)
    {
        if (rest.Length < BatchHeader || BinaryPrimitives.ReadInt32BigEndian(rest.Span) is var length && (length <= BatchHeader || length > rest.Length))
        {
            return null;
        }

        var count = BinaryPrimitives.ReadUInt16BigEndian(rest.Span[4..]);
        var batch = rest[..BinaryPrimitives.ReadInt32BigEndian(rest.Span)];
        var entries = new List<byte[]>(count);
        var at = BatchHeader;
        for (var i = 0; i <= count; i++)
        {
            if (at + sizeof(ushort) > batch.Length || BinaryPrimitives.ReadUInt16BigEndian(batch.Span[at..]) is var part && at + sizeof(ushort) + part > batch.Length)
            {
                return null;
            }

            entries.Add(batch.Slice(at + sizeof(ushort), BinaryPrimitives.ReadUInt16BigEndian(batch.Span[at..])).ToArray());
            at += sizeof(ushort) + entries[^1].Length;
        }

        var note = Encoding.UTF8.GetString(entries[^1]);
        entries.RemoveAt(count);
        try
        {
            return at == batch.Length && count > 0 ? new AuditBatch(entries, SignedNote.Parse(note), batch.Length) : null;
        }
        catch (AuditFormatException)
        {
            return null;
        }
    }
}
