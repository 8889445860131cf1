namespace Skerry.Oci.Layers;

/// <summary>One 512-byte header block, its fields by place (POSIX.1-1988 ustar, GNU tar tar.h, star).</summary>
internal readonly ref struct TarHeader(ReadOnlySpan<byte> block)
{
    private readonly ReadOnlySpan<byte> _block = block;

    public byte TypeFlag => _block[156];

    public bool IsPosix => _block.Slice(257, 6).SequenceEqual("ustar\0"u8);

    public bool IsGnu => _block.Slice(257, 8).SequenceEqual("ustar  \0"u8);

    private bool IsStar => IsPosix && _block.Slice(508, 4).SequenceEqual("tar\0"u8);

    public bool TryMode(out long mode) => TarNumbers.TryParse(_block.Slice(100, 8), out mode);

    public bool TryUid(out long uid) => TarNumbers.TryParse(_block.Slice(108, 8), out uid);

    public bool TryGid(out long gid) => TarNumbers.TryParse(_block.Slice(116, 8), out gid);

    public bool TrySize(out long size) => TarNumbers.TryParse(_block.Slice(124, 12), out size);

    public bool TryMTime(out long seconds) => TarNumbers.TryParse(_block.Slice(136, 12), out seconds);

    public bool TryRealSize(out long size) => TarNumbers.TryParse(_block.Slice(483, 12), out size);

    public bool TryDevice(out long major, out long minor)
    {
        major = minor = 0;
        return (IsPosix || IsGnu) && TarNumbers.TryParse(_block.Slice(329, 8), out major) && TarNumbers.TryParse(_block.Slice(337, 8), out minor);
    }

    public string LinkName() => PathBytes.Decode(Text(157, 100));

    public string UserName() => IsPosix || IsGnu ? PathBytes.Decode(Text(265, 32)) : "";

    public string GroupName() => IsPosix || IsGnu ? PathBytes.Decode(Text(297, 32)) : "";

    public string Name()
    {
        var name = Text(0, 100);
        var prefix = IsStar ? Text(345, 131) : IsPosix ? Text(345, 155) : default;
        if (prefix.IsEmpty)
        {
            return PathBytes.Decode(name);
        }

        Span<byte> joined = stackalloc byte[256];
        prefix.CopyTo(joined);
        joined[prefix.Length] = (byte)'/';
        name.CopyTo(joined[(prefix.Length + 1)..]);
        return PathBytes.Decode(joined[..(prefix.Length + 1 + name.Length)]);
    }

    private ReadOnlySpan<byte> Text(int at, int length)
    {
        var field = _block.Slice(at, length);
        var end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }
}
