namespace Skerry.Oci.Layers;

/// <summary>Reads a layer's tar from a stranger, entry by entry, without ever touching a file system.</summary>
/// <remarks>
/// Takes ustar, old V7, GNU (long names, base-256 numbers, sparse files), star and PAX (also GNU's sparse formats 0.0, 0.1
/// and 1.0 and extended attributes of star and libarchive). Where readers are known to differ it follows Go's
/// <c>archive/tar</c>, which built most images, or refuses: a PAX size counts for what follows (CVE-2025-62518), links,
/// devices and directories have no data. Not for several threads. Every refusal is an <see cref="OciFormatException"/>
/// with the offset in the tar.
/// </remarks>
public sealed class LayerReader : IDisposable
{
    private readonly Stream _stream;
    private readonly bool _leaveOpen;
    private readonly LayerLimits _limits;
    private readonly TarInput _input;
    private readonly LayerContent _content;
    private readonly PaxRecords _global = new();
    private string _lastUser = "";
    private string _lastGroup = "";
    private long _headerAt;
    private long _entries;

    /// <param name="tar">Uncompressed tar; read forward only.</param>
    /// <param name="limits">Bounds; <see cref="LayerLimits.Default"/> when null.</param>
    /// <param name="leaveOpen">Whether the stream outlives the reader.</param>
    public LayerReader(Stream tar, LayerLimits? limits = null, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(tar);
        _stream = tar;
        _leaveOpen = leaveOpen;
        _limits = limits ?? LayerLimits.Default;
        _input = new TarInput(tar, _limits.MaxUnpackedBytes);
        _content = new LayerContent(_input);
    }

    /// <summary>Content of the current entry, holes as zeros; valid until the next <see cref="Read"/>.</summary>
    public Stream Content => _content;

    /// <summary>Bytes of tar taken so far.</summary>
    public long Position => _input.Position;

    /// <summary>How the archive ended, once <see cref="Read"/> gave null.</summary>
    public ArchiveEnd End { get; private set; }

    /// <summary>Bytes behind the end marker, zeros included.</summary>
    public long TrailingBytes { get; private set; }

    /// <summary>The next entry; null at the end, when the whole stream has been read (so that a hash over it is complete).</summary>
    /// <exception cref="OciFormatException">The tar is malformed, cut off or over a limit.</exception>
    public LayerEntry? Read()
    {
        if (End != ArchiveEnd.NotReached)
        {
            return null;
        }

        _content.Finish();
        var names = new LongNames();
        while (true)
        {
            _headerAt = _input.Position;
            var block = _input.Block();
            if (block.Length < TarInput.BlockSize)
            {
                return block.IsEmpty ? Finish(ArchiveEnd.None, names) : throw Refuse("cut off in a header");
            }

            if (block.IndexOfAnyExcept((byte)0) < 0)
            {
                return FinishAtMarker(names);
            }

            if (!TarNumbers.IsChecksumRight(block))
            {
                throw Refuse("the header's checksum is wrong");
            }

            var header = new TarHeader(block);
            switch (header.TypeFlag)
            {
                case (byte)'x':
                    if (names.Pax is not null)
                    {
                        throw Refuse("two PAX headers before one entry");
                    }

                    names.Pax = new PaxRecords();
                    ReadPax(names.Pax, Size(header), global: false);
                    break;
                case (byte)'g':
                    ReadPax(_global, Size(header), global: true);
                    break;
                case (byte)'L':
                    names.Path = names.Path is null ? ReadLongName(Size(header)) : throw Refuse("two GNU long names before one entry");
                    break;
                case (byte)'K':
                    names.Link = names.Link is null ? ReadLongName(Size(header)) : throw Refuse("two GNU long link names before one entry");
                    break;
                case (byte)'V': // GNU volume label: a name without an entry
                    if (!_input.Skip(Padded(Size(header))))
                    {
                        throw Refuse("cut off in a volume label");
                    }

                    break;
                default:
                    return ReadEntry(header, block, names);
            }
        }
    }

    /// <summary>Hands the content of the current entry to <paramref name="sink"/> without copying it; holes are left out.</summary>
    /// <exception cref="OciFormatException">The tar is cut off.</exception>
    public void CopyContentTo(ContentSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        _content.CopyTo(sink);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _input.Dispose();
        if (!_leaveOpen)
        {
            _stream.Dispose();
        }
    }

    private LayerEntry ReadEntry(TarHeader header, ReadOnlySpan<byte> block, LongNames names)
    {
        if (++_entries > _limits.MaxEntries)
        {
            throw Refuse($"more than {_limits.MaxEntries} entries");
        }

        if (names.Pax is { } p && ((p.Path is not null && names.Path is not null) || (p.LinkPath is not null && names.Link is not null)))
        {
            throw Refuse("a PAX header and a GNU long name both name the entry");
        }

        var pax = names.Pax;
        var path = (pax is { IsSparse: true } ? pax.SparseName : null) ?? pax?.Path ?? names.Path ?? header.Name();
        var type = Type(header.TypeFlag, path);
        var hasData = type == LayerEntryType.File;
        var stored = hasData ? pax?.Size ?? Size(header) : 0;
        var (mode, uid, gid) = (Mode(header), Id(pax?.Uid ?? _global.Uid, header.TryUid(out var u), u, "uid"), Id(pax?.Gid ?? _global.Gid, header.TryGid(out var g), g, "gid"));
        var mtime = pax?.MTime ?? _global.MTime ?? new FileTime(header.TryMTime(out var seconds) ? seconds : throw Refuse("the time is not a number"), 0);
        var link = type is LayerEntryType.HardLink or LayerEntryType.Symlink ? pax?.LinkPath ?? names.Link ?? header.LinkName() : "";
        var (major, minor) = type is LayerEntryType.CharDevice or LayerEntryType.BlockDevice ? Device(header) : default;
        var user = Reuse(ref _lastUser, pax?.UserName ?? _global.UserName ?? header.UserName());
        var group = Reuse(ref _lastGroup, pax?.GroupName ?? _global.GroupName ?? header.GroupName());

        // last, because it moves the input and with it the header's block
        var (segments, size) = Sparse(header, block, pax, hasData, ref stored);
        if (Math.Max(size, stored) > _limits.MaxUnpackedBytes)
        {
            throw Refuse($"a file of {Math.Max(size, stored)} bytes; at most {_limits.MaxUnpackedBytes} are taken");
        }

        var safe = SafePath.Of(path, _limits);
        var whiteout = WhiteoutRules.Classify(ref safe, out var target);
        var entry = new LayerEntry
        {
            RawPath = path,
            SafePath = safe,
            Type = type,
            Mode = mode,
            Uid = uid,
            Gid = gid,
            Size = size,
            MTime = mtime,
            LinkTarget = link,
            HardLinkPath = type == LayerEntryType.HardLink ? SafePath.Of(link, _limits) : default,
            DeviceMajor = major,
            DeviceMinor = minor,
            Xattrs = pax?.Xattrs ?? [],
            Segments = segments,
            Whiteout = whiteout,
            WhiteoutTarget = target,
            UserName = user,
            GroupName = group,
            Offset = _headerAt,
        };
        _content.Begin(entry, stored);
        return entry;
    }

    private (SparseSegment[]? Segments, long Size) Sparse(TarHeader header, ReadOnlySpan<byte> block, PaxRecords? pax, bool hasData, ref long stored)
    {
        if (header.TypeFlag == (byte)'S')
        {
            if (!header.IsGnu || pax is { IsSparse: true })
            {
                throw Refuse("a sparse file whose header is not GNU's");
            }

            var real = header.TryRealSize(out var size) && size >= 0 ? size : throw Refuse("the real size of a sparse file is not a number");
            return (SparseMaps.Validate(SparseMaps.ReadOldGnu(block, _input, _limits), real, stored, _input), real);
        }

        if (pax is not { IsSparse: true })
        {
            return (null, stored);
        }

        if (!hasData)
        {
            throw Refuse("sparse records for an entry that is no file");
        }

        var whole = pax.SparseSize ?? throw Refuse("a sparse file without its real size");
        switch (pax.SparseMajor ?? 0, pax.SparseMinor ?? (pax.SparseMap is null ? 0 : 1))
        {
            case (0, _) when pax.SparseMap is not null:
                return (SparseMaps.Validate(SparseMaps.ReadList(pax.SparseMap, _input, _limits), whole, stored, _input), whole);
            case (0, _):
                return (SparseMaps.Validate(pax.SparsePairs ?? [], whole, stored, _input), whole);
            case (1, 0):
                var (segments, bytes) = SparseMaps.ReadInline(_input, Padded(stored), _limits);
                stored = stored >= bytes ? stored - bytes : throw Refuse("the map of a sparse file is longer than its data");
                return (SparseMaps.Validate(segments, whole, stored, _input), whole);
            default:
                throw Refuse($"sparse format {pax.SparseMajor}.{pax.SparseMinor} is unknown");
        }
    }

    private LayerEntryType Type(byte flag, string path) => flag switch
    {
        0 => path.EndsWith('/') ? LayerEntryType.Directory : LayerEntryType.File, // V7 has no flag for directories
        (byte)'0' or (byte)'7' or (byte)'S' => LayerEntryType.File,
        (byte)'1' => LayerEntryType.HardLink,
        (byte)'2' => LayerEntryType.Symlink,
        (byte)'3' => LayerEntryType.CharDevice,
        (byte)'4' => LayerEntryType.BlockDevice,
        (byte)'5' => LayerEntryType.Directory,
        (byte)'6' => LayerEntryType.Fifo,
        _ => throw Refuse($"entries of type 0x{flag:x2} are not known"),
    };

    private long Size(TarHeader header) =>
        header.TrySize(out var size) && size >= 0 ? size : throw Refuse("the size is not a number of zero or more");

    private int Mode(TarHeader header) =>
        header.TryMode(out var mode) && mode >= 0 ? (int)(mode & 0xfff) : throw Refuse("the mode is not a number of zero or more");

    // 2^32-1 means "leave as it is" to chown(2)
    private uint Id(long? pax, bool parsed, long header, string what) =>
        (pax ?? (parsed ? header : -1)) is >= 0 and < uint.MaxValue and var id ? (uint)id : throw Refuse($"the {what} is not a number from 0 to 2^32-2");

    // Linux: 12 bits of major and 20 bits of minor number (include/linux/kdev_t.h)
    private (uint Major, uint Minor) Device(TarHeader header) =>
        header.TryDevice(out var major, out var minor) && major is >= 0 and < 1 << 12 && minor is >= 0 and < 1 << 20
            ? ((uint)major, (uint)minor)
            : throw Refuse("the device numbers are missing or out of range");

    private void ReadPax(PaxRecords into, long size, bool global)
    {
        if (size > _limits.MaxPaxBytes)
        {
            throw Refuse($"a PAX header of {size} bytes; at most {_limits.MaxPaxBytes} are taken");
        }

        into.Add(ReadSmall((int)size, "a PAX header"), _headerAt + TarInput.BlockSize, global, _limits);
    }

    private string ReadLongName(long size)
    {
        if (size > _limits.MaxPathBytes + 1 || size == 0)
        {
            throw Refuse($"a GNU long name of {size} bytes; from 1 to {_limits.MaxPathBytes} are taken");
        }

        var bytes = ReadSmall((int)size, "a GNU long name").AsSpan().TrimEnd((byte)0);
        return bytes.Contains((byte)0) ? throw Refuse("a GNU long name holds a NUL") : PathBytes.Decode(bytes);
    }

    private byte[] ReadSmall(int size, string what)
    {
        var bytes = new byte[size];
        return _input.Fill(bytes) && _input.Skip(Padded(size) - size) ? bytes : throw Refuse($"cut off in {what}");
    }

    private LayerEntry? FinishAtMarker(LongNames names)
    {
        var second = _input.Block();
        if (second.Length < TarInput.BlockSize)
        {
            return second.IsEmpty ? Finish(ArchiveEnd.HalfMarker, names) : throw Refuse("cut off in the end marker");
        }

        if (second.IndexOfAnyExcept((byte)0) >= 0)
        {
            throw Refuse("a block of zeros between entries");
        }

        for (var some = _input.Some(long.MaxValue); !some.IsEmpty; some = _input.Some(long.MaxValue))
        {
            TrailingBytes += some.Length;
            if (!_limits.AllowTrailingBytes && some.IndexOfAnyExcept((byte)0) >= 0)
            {
                throw Refuse("something other than zeros behind the end marker");
            }
        }

        return Finish(ArchiveEnd.Marker, names);
    }

    private LayerEntry? Finish(ArchiveEnd end, LongNames names)
    {
        if (names.Pax is not null || names.Path is not null || names.Link is not null)
        {
            throw Refuse("the archive ends behind a header that belongs to an entry");
        }

        if (end != ArchiveEnd.Marker && _limits.RequireEndMarker)
        {
            throw Refuse("cut off: the end marker is missing");
        }

        End = end;
        return null;
    }

    // layers have few owners: keep one string for all of them
    private static string Reuse(ref string last, string now) => last == now ? last : last = now;

    private static long Padded(long size) => (size > long.MaxValue - TarInput.BlockSize) ? long.MaxValue : (size + TarInput.BlockSize - 1) & ~(long)(TarInput.BlockSize - 1);

    private OciFormatException Refuse(string reason) => new("tar", _headerAt, reason);

    private struct LongNames
    {
        public PaxRecords? Pax;
        public string? Path;
        public string? Link;
    }
}
