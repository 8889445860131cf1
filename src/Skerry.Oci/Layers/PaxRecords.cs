using System.Buffers.Text;
using System.Text;

namespace Skerry.Oci.Layers;

/// <summary>What PAX extended headers say about the next entry (POSIX.1-2001 pax; GNU and libarchive vendor keys).</summary>
/// <remarks>A key that occurs twice counts with its last value; an empty value takes the key back.</remarks>
internal sealed class PaxRecords
{
    private const string Format = "tar";
    private Dictionary<string, byte[]>? _schily;
    private Dictionary<string, byte[]>? _libarchive;
    private List<SparseSegment>? _pairs;
    private long? _pairOffset;
    private int _xattrBytes;

    public string? Path { get; private set; }
    public string? LinkPath { get; private set; }
    public long? Size { get; private set; }
    public long? Uid { get; private set; }
    public long? Gid { get; private set; }
    public FileTime? MTime { get; private set; }
    public string? UserName { get; private set; }
    public string? GroupName { get; private set; }
    public long? SparseMajor { get; private set; }
    public long? SparseMinor { get; private set; }
    public long? SparseSize { get; private set; }
    public string? SparseName { get; private set; }
    public string? SparseMap { get; private set; }

    /// <summary>Offset and length pairs of sparse format 0.0, in order.</summary>
    public IReadOnlyList<SparseSegment>? SparsePairs => _pairs;

    /// <summary>Whether any key of GNU's sparse formats is there.</summary>
    public bool IsSparse => SparseMajor is not null || SparseMinor is not null || SparseSize is not null || SparseMap is not null || _pairs is not null;

    /// <summary>Extended attributes; SCHILY's raw form wins over libarchive's encoded one.</summary>
    public IReadOnlyList<ExtendedAttribute> Xattrs
    {
        get
        {
            var schily = _schily ?? [];
            return [.. schily.Concat((_libarchive ?? []).Where(l => !schily.ContainsKey(l.Key))).Select(static x => new ExtendedAttribute(x.Key, x.Value))];
        }
    }

    /// <summary>Reads one header's records.</summary>
    /// <param name="bytes">The records.</param>
    /// <param name="at">Their offset in the tar, for errors.</param>
    /// <param name="global">Whether the header is for all later entries: then only owner and time may be set.</param>
    /// <param name="limits">Bounds for attributes.</param>
    public void Add(ReadOnlySpan<byte> bytes, long at, bool global, LayerLimits limits)
    {
        var rest = bytes;
        while (!rest.IsEmpty)
        {
            var offset = at + bytes.Length - rest.Length;

            // "LENGTH KEY=VALUE\n", where LENGTH counts the whole record
            var space = rest.IndexOf((byte)' ');
            if (space is < 1 or > 9 || !TarNumbers.TryParseDecimal(rest[..space], false, out var length))
            {
                throw Refuse(offset, "a PAX record does not begin with its length");
            }

            if (length > rest.Length || length < space + 4 || rest[(int)length - 1] != '\n')
            {
                throw Refuse(offset, $"a PAX record says it has {length} bytes but does not end there");
            }

            var record = rest[(space + 1)..((int)length - 1)];
            rest = rest[(int)length..];
            var equals = record.IndexOf((byte)'=');
            if (equals < 1)
            {
                throw Refuse(offset, "a PAX record has no key");
            }

            var key = record[..equals];
            if (key.Contains((byte)0))
            {
                throw Refuse(offset, "the key of a PAX record holds a NUL");
            }

            Set(key, record[(equals + 1)..], offset, global, limits);
        }

        if (_pairOffset is not null)
        {
            throw Refuse(at, "GNU.sparse.offset without GNU.sparse.numbytes");
        }
    }

    private void Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long at, bool global, LayerLimits limits)
    {
        if (key.SequenceEqual("mtime"u8))
        {
            MTime = value.IsEmpty ? null : TarNumbers.TryParseTime(value, out var time) ? time : throw Bad(key, at);
        }
        else if (key.SequenceEqual("uid"u8))
        {
            Uid = Number(key, value, at);
        }
        else if (key.SequenceEqual("gid"u8))
        {
            Gid = Number(key, value, at);
        }
        else if (key.SequenceEqual("uname"u8))
        {
            UserName = Text(key, value, at);
        }
        else if (key.SequenceEqual("gname"u8))
        {
            GroupName = Text(key, value, at);
        }
        else if (IsPerEntry(key))
        {
            if (global)
            {
                throw Refuse(at, $"a global PAX header sets {Encoding.ASCII.GetString(key[..Math.Min(key.Length, 40)])}, which belongs to one entry");
            }

            SetPerEntry(key, value, at, limits);
        }

        // atime, ctime, comment, charset and unknown vendors' keys say nothing that is unpacked
    }

    private static bool IsPerEntry(ReadOnlySpan<byte> key) =>
        key.SequenceEqual("path"u8) || key.SequenceEqual("linkpath"u8) || key.SequenceEqual("size"u8)
        || key.StartsWith("GNU.sparse."u8) || key.StartsWith("SCHILY.xattr."u8) || key.StartsWith("LIBARCHIVE.xattr."u8);

    private void SetPerEntry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long at, LayerLimits limits)
    {
        if (key.SequenceEqual("path"u8))
        {
            Path = Text(key, value, at);
        }
        else if (key.SequenceEqual("linkpath"u8))
        {
            LinkPath = Text(key, value, at);
        }
        else if (key.SequenceEqual("size"u8))
        {
            Size = Number(key, value, at);
        }
        else if (key.StartsWith("SCHILY.xattr."u8))
        {
            AddXattr(ref _schily, PathBytes.Decode(key["SCHILY.xattr."u8.Length..]), value.ToArray(), at, limits);
        }
        else if (key.StartsWith("LIBARCHIVE.xattr."u8))
        {
            var name = Uri.UnescapeDataString(PathBytes.Decode(key["LIBARCHIVE.xattr."u8.Length..]));
            AddXattr(ref _libarchive, name, FromBase64(value) ?? throw Bad(key, at), at, limits);
        }
        else
        {
            SetSparse(key["GNU.sparse."u8.Length..], value, at, limits);
        }
    }

    private void SetSparse(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long at, LayerLimits limits)
    {
        if (key.SequenceEqual("name"u8))
        {
            SparseName = Text(key, value, at);
        }
        else if (key.SequenceEqual("map"u8))
        {
            SparseMap = Text(key, value, at);
        }
        else if (key.SequenceEqual("size"u8) || key.SequenceEqual("realsize"u8))
        {
            SparseSize = Number(key, value, at);
        }
        else if (key.SequenceEqual("major"u8))
        {
            SparseMajor = Number(key, value, at);
        }
        else if (key.SequenceEqual("minor"u8))
        {
            SparseMinor = Number(key, value, at);
        }
        else if (key.SequenceEqual("offset"u8))
        {
            _pairOffset = _pairOffset is null ? Number(key, value, at) ?? throw Bad(key, at) : throw Refuse(at, "GNU.sparse.offset twice without GNU.sparse.numbytes");
        }
        else if (key.SequenceEqual("numbytes"u8))
        {
            var length = Number(key, value, at) ?? throw Bad(key, at);
            _pairs ??= [];
            if (_pairs.Count >= limits.MaxSparseSegments)
            {
                throw Refuse(at, $"a sparse file with more than {limits.MaxSparseSegments} segments");
            }

            _pairs.Add(new SparseSegment(_pairOffset ?? throw Refuse(at, "GNU.sparse.numbytes without GNU.sparse.offset"), length));
            _pairOffset = null;
        }

        // numblocks repeats what the map says
    }

    private void AddXattr(ref Dictionary<string, byte[]>? all, string name, byte[] value, long at, LayerLimits limits)
    {
        // xattr(7): names have at most XATTR_NAME_MAX = 255 bytes
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal) || PathBytes.ByteLength(name) > 255)
        {
            throw Refuse(at, "the name of an extended attribute is empty, too long or holds a NUL");
        }

        _xattrBytes += name.Length + value.Length;
        if (value.Length > limits.MaxXattrValueBytes || _xattrBytes > limits.MaxXattrBytes)
        {
            throw Refuse(at, $"extended attributes larger than {limits.MaxXattrValueBytes} bytes each or {limits.MaxXattrBytes} bytes together");
        }

        all ??= new(StringComparer.Ordinal);
        all[name] = value;
        if ((_schily?.Count ?? 0) + (_libarchive?.Count ?? 0) > limits.MaxXattrs)
        {
            throw Refuse(at, $"more than {limits.MaxXattrs} extended attributes");
        }
    }

    private static byte[]? FromBase64(ReadOnlySpan<byte> text)
    {
        // libarchive leaves the padding out
        text = text.TrimEnd((byte)'=');
        var padded = new byte[(text.Length + 3) / 4 * 4];
        padded.AsSpan().Fill((byte)'=');
        text.CopyTo(padded);
        var value = new byte[Base64.GetMaxDecodedFromUtf8Length(padded.Length)];
        return Base64.DecodeFromUtf8(padded, value, out _, out var written) == System.Buffers.OperationStatus.Done ? value[..written] : null;
    }

    private static long? Number(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long at) =>
        value.IsEmpty ? null : TarNumbers.TryParseDecimal(value, false, out var number) ? number : throw Bad(key, at);

    private static string? Text(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long at) =>
        value.IsEmpty ? null : !value.Contains((byte)0) ? PathBytes.Decode(value) : throw Refuse(at, $"PAX {Encoding.ASCII.GetString(key)} holds a NUL");

    private static OciFormatException Bad(ReadOnlySpan<byte> key, long at) =>
        Refuse(at, $"PAX {PathBytes.Printable(PathBytes.Decode(key))} has an impossible value");

    private static OciFormatException Refuse(long at, string reason) => new(Format, at, reason);
}
