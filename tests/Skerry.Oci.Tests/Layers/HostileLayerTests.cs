using System.Text;
using CsCheck;
using Skerry.Oci.Layers;
using static Skerry.Oci.Tests.Layers.TarBytes;

namespace Skerry.Oci.Tests.Layers;

public sealed class HostileLayerTests
{
    public static TheoryData<string, byte[], string> Vectors
    {
        get
        {
            var data = new TheoryData<string, byte[], string>();
            void Add(string name, TarBytes tar, string reason) => data.Add(name, tar.End().ToArray(), reason);

            Add("wrong checksum", new TarBytes().Raw([.. Header("a"u8.ToArray(), 0, '0').Select((b, i) => i == 0 ? (byte)'b' : b)]), "checksum");
            Add("checksum of letters", new TarBytes().Raw(Edit(Header("a"u8.ToArray(), 0, '0'), b => Text(b, 148, "zzzzzz\0 "))), "checksum");
            Add("size of letters", new TarBytes().Entry("a", edit: b => Text(b, 124, "0000000000z\0")), "size");
            Add("digit 8 in octal", new TarBytes().Entry("a", edit: b => Text(b, 124, "00000000008\0")), "size");
            Add("negative size", new TarBytes().Entry("a", edit: b => Binary(b, 124, 12, -1)), "size");
            Add("size 2^63-1", new TarBytes().Entry("a", edit: b => Binary(b, 124, 12, long.MaxValue)), "bytes; at most");
            Add("size over 64 bits", new TarBytes().Entry("a", edit: b => { Binary(b, 124, 12, 0); b[125] = 1; }), "size");
            Add("pax size 2^63", new TarBytes().Pax(("size", "9223372036854775808")).Entry("a"), "impossible value");
            Add("pax size 2^63-1", new TarBytes().Pax(("size", "9223372036854775807")).Entry("a"), "impossible value");
            Add("pax size 2^62", new TarBytes().Pax(("size", "4611686018427387904")).Entry("a"), "bytes; at most");
            Add("pax size negative", new TarBytes().Pax(("size", "-1")).Entry("a"), "impossible value");
            Add("pax size signed", new TarBytes().Pax(("size", "+1")).Entry("a"), "impossible value");
            Add("uid -1", new TarBytes().Entry("a", edit: b => Binary(b, 108, 8, -1)), "uid");
            Add("uid 2^32-1", new TarBytes().Pax(("uid", "4294967295")).Entry("a"), "uid");
            Add("gid 2^40", new TarBytes().Entry("a", edit: b => Binary(b, 116, 8, 1L << 40)), "gid");
            Add("mode negative", new TarBytes().Entry("a", edit: b => Binary(b, 100, 8, -1)), "mode");
            Add("time of letters", new TarBytes().Entry("a", edit: b => Text(b, 136, "never")), "time");
            Add("pax time of letters", new TarBytes().Pax(("mtime", "1.2.3")).Entry("a"), "impossible value");
            Add("device number out of range", new TarBytes().Entry("a", "", '3', edit: b => Binary(b, 329, 8, 1 << 12)), "device");
            Add("device in V7", new TarBytes().Entry("a", "", '3', magic: Magic.V7), "device");
            Add("unknown type", new TarBytes().Entry("a", "", 'Z'), "type 0x5a");
            Add("multi-volume", new TarBytes().Entry("a", "", 'M'), "type 0x4d");
            Add("zero block between entries", new TarBytes().Entry("a").Raw(new byte[512]).Entry("b"), "zeros between");
            Add("bytes after the end", new TarBytes().Entry("a").End().Entry("b"), "behind the end marker");
            Add("pax at the end", new TarBytes().Pax(("path", "x")), "belongs to an entry");
            Add("long name at the end", new TarBytes().Entry("l", "x\0", 'L', magic: Magic.Gnu), "belongs to an entry");
            Add("two pax headers", new TarBytes().Pax(("path", "x")).Pax(("path", "y")).Entry("a"), "two PAX");
            Add("two long names", new TarBytes().Entry("l", "x\0", 'L').Entry("l", "y\0", 'L').Entry("a"), "two GNU");
            Add("pax and long name", new TarBytes().Pax(("path", "x")).Entry("l", "y\0", 'L').Entry("a"), "both name");
            Add("long name with NUL", new TarBytes().Entry("l", "x\0y\0", 'L').Entry("a"), "NUL");
            Add("empty long name", new TarBytes().Entry("l", "", 'L').Entry("a"), "long name of 0");
            Add("huge long name", new TarBytes().Raw(Header("l"u8.ToArray(), 1 << 30, 'L')), "long name of 1073741824");
            Add("huge pax", new TarBytes().Raw(Header("l"u8.ToArray(), 1 << 30, 'x')), "PAX header of 1073741824");
            Add("pax path with NUL", new TarBytes().Pax(("path", "a\0/../../etc")).Entry("a"), "NUL");
            Add("pax key with NUL", new TarBytes().PaxRaw('x', Record("pa\0th", "x")).Entry("a"), "NUL");
            Add("pax without length", new TarBytes().PaxRaw('x', "path=x\n").Entry("a"), "begin with its length");
            Add("pax too long", new TarBytes().PaxRaw('x', "99 path=x\n").Entry("a"), "does not end there");
            Add("pax too short", new TarBytes().PaxRaw('x', "4 path=x\n").Entry("a"), "does not end there");
            Add("pax zero", new TarBytes().PaxRaw('x', "0 path=x\n").Entry("a"), "does not end there");
            Add("pax without equals", new TarBytes().PaxRaw('x', "9 pathx\n\n").Entry("a"), "no key");
            Add("pax without newline", new TarBytes().PaxRaw('x', "10 path=xy").Entry("a"), "does not end there");
            Add("pax length overflow", new TarBytes().PaxRaw('x', "99999999999999999999 path=x\n").Entry("a"), "begin with its length");
            Add("global path", new TarBytes().Global(("path", "x")).Entry("a"), "global PAX");
            Add("global size", new TarBytes().Global(("size", "512")).Entry("a"), "global PAX");
            Add("global xattr", new TarBytes().Global(("SCHILY.xattr.security.capability", "x")).Entry("a"), "global PAX");
            Add("xattr without name", new TarBytes().Pax(("SCHILY.xattr.", "x")).Entry("a"), "extended attribute");
            Add("xattr name too long", new TarBytes().Pax(("SCHILY.xattr.user." + new string('x', 300), "x")).Entry("a"), "extended attribute");
            Add("xattr value too large", new TarBytes().Pax(("SCHILY.xattr.user.x", new string('x', 70000))).Entry("a"), "larger than");
            Add("xattrs without end", new TarBytes().Pax([.. Enumerable.Range(0, 20_000).Select(static i => ($"SCHILY.xattr.{i:x}", ""))]).Entry("a"), "more than 1024 extended attributes");
            Add("xattrs of both kinds", new TarBytes().Pax([.. Enumerable.Range(0, 600).SelectMany(static i => new[] { ($"SCHILY.xattr.{i:x}", ""), ($"LIBARCHIVE.xattr.{i:x}", "") })]).Entry("a"), "more than 1024 extended attributes");
            Add("xattr not base64", new TarBytes().Pax(("LIBARCHIVE.xattr.user.x", "!!")).Entry("a"), "impossible value");
            Add("xattr name with NUL", new TarBytes().Pax(("LIBARCHIVE.xattr.user.x%00", "AA")).Entry("a"), "extended attribute");
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void A_hostile_layer_is_refused_with_the_reason(string name, byte[] tar, string reason)
    {
        var e = Read.Refused(tar);
        Assert.True(e.Message.Contains(reason, StringComparison.Ordinal), $"{name}: {e.Message}");
        Assert.NotNull(e.Offset);
    }

    [Theory]
    [InlineData("../etc/passwd")]
    [InlineData("a/../../etc/passwd")]
    [InlineData("/../../etc/passwd")]
    [InlineData("..")]
    public void A_layer_that_climbs_out_of_the_root_gives_an_entry_whose_path_is_refused(string name)
    {
        var entry = Read.One(new TarBytes().Entry(name, "x").End().ToArray());
        Assert.Equal(name, entry.RawPath);
        Assert.Contains("'..'", entry.SafePath.Refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../etc/shadow")]
    [InlineData("/../x")]
    [InlineData("")]
    public void A_hard_link_out_of_the_root_is_refused(string target)
    {
        var entry = Read.One(new TarBytes().Entry("l", "", '1', target).End().ToArray());
        Assert.True(entry.SafePath.IsSafe);
        Assert.False(entry.HardLinkPath.IsSafe);
    }

    [Fact]
    public void A_symbolic_link_may_point_anywhere_and_what_lies_below_it_is_told_faithfully()
    {
        var all = Read.All(new TarBytes().Entry("x", "", '2', "/etc").Entry("x/passwd", "evil").End().ToArray());
        Assert.Equal("/etc", all[0].Entry.LinkTarget);
        Assert.Equal("x/passwd", all[1].Entry.SafePath.Value);
    }

    [Fact]
    public void A_layer_cut_at_any_byte_is_refused_or_ends_behind_a_whole_entry()
    {
        var tar = new TarBytes().Entry("a", new string('x', 700)).Pax(("path", "long")).Entry("b", "y").Entry("l", "name\0", 'L', magic: Magic.Gnu).Entry("c", "z").End().ToArray();
        var entries = Read.All(tar).Count;
        for (var length = 0; length < tar.Length; length++)
        {
            using var reader = new LayerReader(new MemoryStream(tar, 0, length));
            var read = 0;
            try
            {
                while (reader.Read() is { } entry)
                {
                    reader.Content.CopyTo(Stream.Null);
                    read++;
                    Assert.Equal(entry.Size, reader.Content.Position);
                }

                Assert.NotEqual(ArchiveEnd.Marker, reader.End);
                // At the end of a block, or right behind the content of a, or of b or c.
                Assert.Contains(length % 512, new[] { 0, 700 % 512, 1 });
            }
            catch (OciFormatException)
            {
            }

            Assert.InRange(read, 0, entries);
        }
    }

    [Fact]
    public void Limits_on_entries_and_bytes_hold()
    {
        var tar = new TarBytes();
        for (var i = 0; i < 20; i++)
        {
            tar.Entry("e" + i, new string('x', 600));
        }

        Assert.Contains("more than 10 entries", Read.Refused(tar.End().ToArray(), new LayerLimits { MaxEntries = 10 }).Reason, StringComparison.Ordinal);
        Assert.Contains("may unpack to", Read.Refused(tar.ToArray(), new LayerLimits { MaxUnpackedBytes = 5000 }).Reason, StringComparison.Ordinal);
        Assert.Contains("at most 100", Read.Refused(new TarBytes().Entry("a", new string('x', 101)).End().ToArray(), new LayerLimits { MaxUnpackedBytes = 100 }).Message + " at most 100", StringComparison.Ordinal);
    }

    [Fact]
    public void A_million_entries_are_read_in_seconds()
    {
        using var reader = new LayerReader(new Endless(1_000_000));
        var count = 0;
        while (reader.Read() is { } entry)
        {
            count += entry.SafePath.IsSafe ? 1 : 0;
        }

        Assert.Equal(1_000_000, count);
    }

    [Fact]
    public void Random_bytes_are_refused_or_read_but_never_crash() => Gen.Byte.Array[0, 3000].Sample(Harmless, iter: 5_000);

    [Fact]
    public void Random_headers_with_right_checksums_are_refused_or_read_but_never_crash() =>
        Gen.Select(Gen.Int[0, 511], Gen.Byte).Array[0, 12].Array[1, 6].Sample(blocks =>
        {
            var tar = new TarBytes();
            var types = "0123456789xgLKSV\0"u8.ToArray();
            foreach (var edits in blocks)
            {
                var header = Header("name"u8.ToArray(), edits.Length * 7, (char)types[edits.Sum(e => e.Item2) % types.Length], "link", (Magic)(edits.Length % 3));
                foreach (var (at, value) in edits)
                {
                    header[at] = value;
                }

                tar.Raw(Sum(header)).Padded(Encoding.ASCII.GetBytes("12 path=abc\n12 size=512\n"[..Math.Min(24, edits.Length * 7)]));
            }

            Harmless(tar.End().ToArray());
        }, iter: 20_000);

    private static void Harmless(byte[] tar)
    {
        try
        {
            foreach (var (entry, content) in Read.All(tar, new LayerLimits { MaxUnpackedBytes = 1 << 20 }))
            {
                Assert.Equal(entry.Size, content.Length);
            }
        }
        catch (OciFormatException)
        {
        }
    }

    private static byte[] Edit(byte[] block, Action<byte[]> edit)
    {
        edit(block);
        return block;
    }

    /// <summary>So many empty files, made as they are read.</summary>
    private sealed class Endless(int count) : MemoryStream
    {
        private readonly byte[] _block = Header("usr/share/doc/package/file"u8.ToArray(), 0, '0');
        private long _at;

        public override int Read(Span<byte> buffer)
        {
            var left = (count + 2) * 512L - _at;
            var read = (int)Math.Min(Math.Min(buffer.Length, left), 512 - (_at % 512));
            if (_at < count * 512L)
            {
                _block.AsSpan((int)(_at % 512), read).CopyTo(buffer);
            }
            else
            {
                buffer[..read].Clear();
            }

            _at += read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int size) => Read(buffer.AsSpan(offset, size));
    }
}
