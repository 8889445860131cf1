using System.Buffers;
using System.Globalization;
using System.Text;

namespace Skerry.Oci.Layers;

/// <summary>Writes a tar whose bytes depend on nothing but what is written: ustar, and PAX where ustar is too small.</summary>
/// <remarks>The entries come in the caller's order. Dispose ends the archive; without it there is no end marker.</remarks>
public sealed class LayerWriter : IDisposable
{
    private const int Block = 512;
    private const long MaxOctal11 = (1L << 33) - 1;
    private const long MaxOctal7 = (1L << 21) - 1;

    private readonly Stream _stream;
    private readonly bool _leaveOpen;
    private bool _ended;

    /// <param name="tar">Where the tar goes; written forward only.</param>
    /// <param name="leaveOpen">Whether the stream outlives the writer.</param>
    public LayerWriter(Stream tar, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(tar);
        (_stream, _leaveOpen) = (tar, leaveOpen);
    }

    /// <summary>Writes an entry without content.</summary>
    public void Write(NewEntry entry) => Write(entry, Stream.Null, 0);

    /// <summary>Writes a file with the given bytes.</summary>
    public void Write(NewEntry entry, ReadOnlySpan<byte> content)
    {
        ArgumentNullException.ThrowIfNull(entry);
        WriteHeader(entry, content.Length);
        _stream.Write(content);
        Pad(content.Length);
    }

    /// <summary>Writes a file with the next <paramref name="size"/> bytes of <paramref name="content"/>.</summary>
    /// <exception cref="EndOfStreamException">The content is shorter; the tar is then unusable.</exception>
    public void Write(NewEntry entry, Stream content, long size)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(content);
        WriteHeader(entry, size);
        var buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            for (var left = size; left > 0;)
            {
                var read = content.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
                if (read == 0)
                {
                    throw new EndOfStreamException($"{entry.Path}: {left} bytes less than its size");
                }

                _stream.Write(buffer, 0, read);
                left -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        Pad(size);
    }

    /// <summary>Ends the archive with two blocks of zeros.</summary>
    public void Finish()
    {
        if (!_ended)
        {
            _ended = true;
            _stream.Write(new byte[2 * Block]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Finish();
        if (!_leaveOpen)
        {
            _stream.Dispose();
        }
    }

    private void WriteHeader(NewEntry entry, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        if (size > 0 && entry.Type != LayerEntryType.File)
        {
            throw new ArgumentException($"{entry.Path}: only files have content", nameof(size));
        }

        // a directory ends in a slash, as GNU tar writes it
        var path = PathBytes.Encode(entry.Type == LayerEntryType.Directory && !entry.Path.EndsWith('/') ? entry.Path + "/" : entry.Path);
        var link = PathBytes.Encode(entry.LinkTarget);
        if (path.Length == 0 || path.Contains((byte)0) || link.Contains((byte)0))
        {
            throw new ArgumentException($"the path '{PathBytes.Printable(entry.Path)}' or its link target cannot be written", nameof(entry));
        }

        var pax = new MemoryStream();
        var split = SplitAt(path);
        if (split < 0)
        {
            Record(pax, "path"u8, path);
        }

        if (link.Length > 100)
        {
            Record(pax, "linkpath"u8, link);
        }

        var seconds = entry.MTime.Seconds;
        if (entry.MTime.Nanoseconds != 0 || seconds is < 0 or > MaxOctal11)
        {
            Record(pax, "mtime"u8, Time(entry.MTime));
        }

        NumberRecord(pax, "size"u8, size, MaxOctal11);
        NumberRecord(pax, "uid"u8, entry.Uid, MaxOctal7);
        NumberRecord(pax, "gid"u8, entry.Gid, MaxOctal7);
        foreach (var xattr in entry.Xattrs.OrderBy(x => x.Name, StringComparer.Ordinal))
        {
            Record(pax, [.. "SCHILY.xattr."u8, .. PathBytes.Encode(xattr.Name)], xattr.Value.Span);
        }

        Span<byte> block = stackalloc byte[Block];
        if (pax.Length > 0)
        {
            Fields(block, "PaxHeaders/entry"u8, default, default, 0x1a4, 0, 0, pax.Length, 0, (byte)'x', 0, 0);
            _stream.Write(block);
            _stream.Write(pax.GetBuffer(), 0, (int)pax.Length);
            Pad(pax.Length);
        }

        var name = split > 0 ? path.AsSpan(split + 1) : path.AsSpan(0, Math.Min(path.Length, 100));
        var prefix = split > 0 ? path.AsSpan(0, split) : default;
        Fields(block, name, prefix, link.AsSpan(0, Math.Min(link.Length, 100)), entry.Mode & 0xfff, Fit(entry.Uid, MaxOctal7), Fit(entry.Gid, MaxOctal7),
            Fit(size, MaxOctal11), Fit(seconds, MaxOctal11), Flag(entry.Type), entry.DeviceMajor, entry.DeviceMinor);
        _stream.Write(block);
    }

    // 0: fits the name field; more: the slash between prefix and name; -1: fits neither
    private static int SplitAt(ReadOnlySpan<byte> path)
    {
        if (path.Length <= 100)
        {
            return 0;
        }

        if (path.Length > 256)
        {
            return -1;
        }

        var slash = path[..Math.Min(156, path.Length - 1)].LastIndexOf((byte)'/');
        return slash > 0 && path.Length - slash - 1 <= 100 ? slash : -1;
    }

    private static void Fields(Span<byte> block, ReadOnlySpan<byte> name, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> link,
        int mode, long uid, long gid, long size, long mtime, byte flag, uint major, uint minor)
    {
        block.Clear();
        name.CopyTo(block);
        Octal(block.Slice(100, 8), mode);
        Octal(block.Slice(108, 8), uid);
        Octal(block.Slice(116, 8), gid);
        Octal(block.Slice(124, 12), size);
        Octal(block.Slice(136, 12), mtime);
        block[156] = flag;
        link.CopyTo(block[157..]);
        "ustar\0"u8.CopyTo(block[257..]);
        "00"u8.CopyTo(block[263..]);
        Octal(block.Slice(329, 8), major);
        Octal(block.Slice(337, 8), minor);
        prefix.CopyTo(block[345..]);
        block.Slice(148, 8).Fill((byte)' ');
        Octal(block.Slice(148, 7), TarNumbers.Sum(block));
    }

    private static void Octal(Span<byte> field, long value)
    {
        for (var i = field.Length - 2; i >= 0; i--)
        {
            field[i] = (byte)('0' + (value & 7));
            value >>= 3;
        }

        field[^1] = 0;
    }

    private static void Record(MemoryStream pax, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        // the length counts its own digits
        var rest = key.Length + value.Length + 3;
        var length = rest + 1;
        while (length != rest + Digits(length))
        {
            length = rest + Digits(length);
        }

        pax.Write(Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture)));
        pax.WriteByte((byte)' ');
        pax.Write(key);
        pax.WriteByte((byte)'=');
        pax.Write(value);
        pax.WriteByte((byte)'\n');
    }

    private static void NumberRecord(MemoryStream pax, ReadOnlySpan<byte> key, long value, long fits)
    {
        if (value > fits)
        {
            Record(pax, key, Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private static byte[] Time(FileTime time)
    {
        // second -2 and 0.75 is -1.25
        var (seconds, nanoseconds) = time.Seconds < 0 && time.Nanoseconds > 0 ? (time.Seconds + 1, 1_000_000_000 - time.Nanoseconds) : (time.Seconds, time.Nanoseconds);
        var sign = time.Seconds < 0 && seconds == 0 ? "-" : "";
        var fraction = nanoseconds == 0 ? "" : "." + nanoseconds.ToString("000000000", CultureInfo.InvariantCulture).TrimEnd('0');
        return Encoding.ASCII.GetBytes(sign + seconds.ToString(CultureInfo.InvariantCulture) + fraction);
    }

    private static long Fit(long value, long most) => value < 0 ? 0 : Math.Min(value, most);

    private static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;

    private static byte Flag(LayerEntryType type) => type switch
    {
        LayerEntryType.File => (byte)'0',
        LayerEntryType.HardLink => (byte)'1',
        LayerEntryType.Symlink => (byte)'2',
        LayerEntryType.CharDevice => (byte)'3',
        LayerEntryType.BlockDevice => (byte)'4',
        LayerEntryType.Directory => (byte)'5',
        _ => (byte)'6',
    };

    private void Pad(long size)
    {
        Span<byte> zeros = stackalloc byte[Block];
        zeros.Clear();
        _stream.Write(zeros[..(int)(-size & (Block - 1))]);
    }
}
