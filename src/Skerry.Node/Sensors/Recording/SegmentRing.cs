using Skerry.Guard.Recorder;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Node.Configuration;

namespace Skerry.Node.Sensors.Recording;

/// <summary>The segments of a recording on disk: blocks go to the end of the newest, and the oldest goes when there is no more room for it.</summary>
/// <remarks>
/// Each block is one write at the end of a file, so that a power cut leaves all before it and perhaps a piece of it, which is
/// cut off when the ring is opened again. A new file is synced with its directory. One thread at a time; readers need no lock.
/// </remarks>
internal sealed class SegmentRing : IDisposable
{
    private const int SegmentsInQuota = 16;
    private const long SmallestSegment = 256 << 10;
    private const long LargestSegment = 64L << 20;
    private const uint RootOnly = 0x180; // 0600

    private readonly RecordDirectory _directory;
    private readonly FileDescriptor _handle;
    private readonly Queue<(string Path, long Length)> _older = new();
    private readonly long _quota;
    private readonly RecordSync _sync;
    private FileStream? _newest;

    /// <summary>Opens the ring: (1) the directory is made, (2) the newest segment is read and what is no whole block is cut off its end.</summary>
    public SegmentRing(string path, long quota, RecordSync sync)
    {
        (_quota, _sync) = (quota, sync);

        // 1.
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _directory = new RecordDirectory(path);
        _handle = FileCalls.Open(null, path, OpenFlags.Read | OpenFlags.Directory);

        // 2.
        foreach (var segment in _directory.Segments())
        {
            _older.Enqueue((segment, new FileInfo(segment).Length));
        }

        Bytes = _older.Sum(static s => s.Length);
        if (_older.Count > 0)
        {
            Mend(_older.Last().Path);
        }
    }

    /// <summary>Bytes of all segments.</summary>
    public long Bytes { get; private set; }

    /// <summary>Number of segments.</summary>
    public int Segments => _older.Count + (_newest is null ? 0 : 1);

    /// <summary>Number of the next block.</summary>
    public ulong NextSequence { get; private set; } = 1;

    /// <summary>Time of the latest event that was there when the ring was opened, nanoseconds since 1970; null for none in the newest segment.</summary>
    public long? Latest { get; private set; }

    /// <summary>Bytes that were cut off when the ring was opened.</summary>
    public long Cut { get; private set; }

    /// <summary>Free bytes of the disk.</summary>
    public long Free => FileCalls.Room(_handle).AvailableBytes;


    /// <summary>Writes a block, which must have the number <see cref="NextSequence"/>.</summary>
    /// <exception cref="IOException">It cannot be written; nothing of it is kept.</exception>
    public void Append(ReadOnlySpan<byte> block)
    {
        if (_newest is null || (_newest.Length > 0 && _newest.Length + block.Length > Math.Clamp(_quota / SegmentsInQuota, SmallestSegment, LargestSegment)))
        {
            Turn();
        }

        while (Bytes + block.Length > _quota && _older.TryDequeue(out var oldest))
        {
            File.Delete(oldest.Path);
            Bytes -= oldest.Length;
        }

        var before = _newest!.Length;
        try
        {
            _newest.Write(block);
            if (_sync == RecordSync.Block)
            {
                RandomAccess.FlushToDisk(_newest.SafeFileHandle);
            }
        }
        catch (IOException)
        {
            _newest.SetLength(before);
            _newest.Position = before;
            throw;
        }

        Bytes += block.Length;
        NextSequence++;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_newest is not null)
        {
            RandomAccess.FlushToDisk(_newest.SafeFileHandle);
            _newest.Dispose();
        }

        _handle.Dispose();
    }

    /// <summary>Ends the newest segment and begins another.</summary>
    private void Turn()
    {
        if (_newest is not null)
        {
            RandomAccess.FlushToDisk(_newest.SafeFileHandle);
            _older.Enqueue((_newest.Name, _newest.Length));
            _newest.Dispose();
            _newest = null;
        }

        var path = _directory.SegmentOf(NextSequence);
        using (var made = FileCalls.Open(null, path, OpenFlags.Write | OpenFlags.Create, RootOnly))
        {
            FileCalls.Sync(made);
        }

        _newest = OpenToAppend(path);
        FileCalls.Sync(_handle);
    }

    private void Mend(string path)
    {
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0))
        {
            var reader = new SegmentReader(stream);
            while (reader.Next() is { } block)
            {
                NextSequence = block.Head.Sequence + 1;
                Latest = block.Head.Events > 0 ? Math.Max(Latest ?? long.MinValue, block.Head.LastTime) : Latest;
            }

            Cut = stream.Length - reader.End;
            if (Cut > 0)
            {
                stream.SetLength(reader.End);
                RandomAccess.FlushToDisk(stream.SafeFileHandle);
                Bytes -= Cut;
            }
        }

        // A segment without a block has a name that the next may need.
        NextSequence = Math.Max(NextSequence, ulong.Parse(Path.GetFileNameWithoutExtension(path), System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture));
        (string Path, long Length)[] all = [.. _older];
        _older.Clear();
        foreach (var segment in all.SkipLast(1))
        {
            _older.Enqueue(segment);
        }

        _newest = OpenToAppend(path);
    }

    private static FileStream OpenToAppend(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        stream.Seek(0, SeekOrigin.End);
        return stream;
    }
}
