using System.Text;
using CsCheck;
using Skerry.Oci.Layers;
using static Skerry.Oci.Tests.Layers.TarBytes;

namespace Skerry.Oci.Tests.Layers;

public sealed class LayerReaderTests
{
    private static readonly DateTimeOffset Epoch = DateTimeOffset.UnixEpoch;

    [Fact]
    public void Each_type_of_entry_is_told_apart()
    {
        var tar = new TarBytes().Entry("f", "x").Entry("h", "", '1', "f").Entry("s", "", '2', "../../etc").Entry("c", "", '3', edit: b => { Text(b, 329, "0000001\0"); Text(b, 337, "0000003\0"); })
            .Entry("b", "", '4').Entry("d/", "", '5').Entry("p", "", '6').Entry("t", "y", '7').Entry("old/", "", '\0', magic: Magic.V7).Entry("old", "z", '\0', magic: Magic.V7).End().ToArray();
        var all = Read.All(tar);
        Assert.Equal([LayerEntryType.File, LayerEntryType.HardLink, LayerEntryType.Symlink, LayerEntryType.CharDevice, LayerEntryType.BlockDevice,
            LayerEntryType.Directory, LayerEntryType.Fifo, LayerEntryType.File, LayerEntryType.Directory, LayerEntryType.File], all.Select(a => a.Entry.Type));
        Assert.Equal("../../etc", all[2].Entry.LinkTarget);
        Assert.Equal("f", all[1].Entry.HardLinkPath.Value);
        Assert.Equal((1u, 3u), (all[3].Entry.DeviceMajor, all[3].Entry.DeviceMinor));
        Assert.Equal("d", all[5].Entry.SafePath.Value);
        Assert.Equal("z", Encoding.UTF8.GetString(all[9].Content));
    }

    [Fact]
    public void A_layer_may_end_right_behind_its_last_content_as_umoci_writes_it()
    {
        var tar = new TarBytes().Entry("f", "content").ToArray();
        Assert.Equal("content", Encoding.UTF8.GetString(Assert.Single(Read.All(tar[..(512 + 7)])).Content));
        Assert.Contains("cut off", Read.Refused(tar[..(512 + 6)]).Message, StringComparison.Ordinal);
        Assert.Contains("cut off", Read.Refused(tar[..(512 + 8)]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prefix_and_a_name_make_the_path_of_ustar() =>
        Assert.Equal("dir/sub/name", Read.One(new TarBytes().Entry("name", edit: b => Text(b, 345, "dir/sub")).End().ToArray()).SafePath.Value);

    [Fact]
    public void Gnu_headers_have_no_prefix() =>
        Assert.Equal("name", Read.One(new TarBytes().Entry("name", magic: Magic.Gnu, edit: b => Text(b, 345, "12345670")).End().ToArray()).SafePath.Value);

    [Fact]
    public void Gnu_long_names_replace_the_short_ones()
    {
        var path = string.Join('/', Enumerable.Repeat("component", 40));
        var tar = new TarBytes().Entry("././@LongLink", path + "\0", 'L', magic: Magic.Gnu).Entry("././@LongLink", path + "x\0", 'K', magic: Magic.Gnu).Entry("short", "", '1', "short", Magic.Gnu).Entry("next").End().ToArray();
        var all = Read.All(tar);
        Assert.Equal(path, all[0].Entry.RawPath);
        Assert.Equal(path + "x", all[0].Entry.LinkTarget);
        Assert.Equal("next", all[1].Entry.RawPath);
    }

    [Fact]
    public void Pax_records_replace_the_header()
    {
        var tar = new TarBytes().Global(("mtime", "5"), ("uid", "7"), ("comment", "hello"))
            .Pax(("path", "p/q"), ("mtime", "-1.25"), ("gid", "4000000000"), ("uname", "root"), ("SCHILY.xattr.user.a", "\0ÿ"), ("LIBARCHIVE.xattr.user.b%2B", "AP8"), ("LIBARCHIVE.xattr.user.a", "AAAA"))
            .Entry("x", "body").Entry("y").End().ToArray();
        var all = Read.All(tar);
        var (entry, content) = all[0];
        Assert.Equal("p/q", entry.RawPath);
        Assert.Equal(new FileTime(-2, 750_000_000), entry.MTime);
        Assert.Equal((7u, 4_000_000_000u), (entry.Uid, entry.Gid));
        Assert.Equal("root", entry.UserName);
        Assert.Equal("body", Encoding.UTF8.GetString(content));
        Assert.Equal(["user.a", "user.b+"], entry.Xattrs.Select(x => x.Name));
        Assert.Equal([0, 0xff], entry.Xattrs[0].Value.ToArray());
        Assert.Equal([0, 0xff], entry.Xattrs[1].Value.ToArray());
        Assert.Equal(new FileTime(5, 0), all[1].Entry.MTime);
        Assert.Equal(0u, all[1].Entry.Gid);
    }

    [Fact]
    public void The_size_of_pax_counts_for_what_follows()
    {
        // CVE-2025-62518: a reader that skips by the ustar size finds the inner archive's entries
        var inner = new TarBytes().Entry("evil", "gotcha").ToArray();
        var tar = new TarBytes().Pax(("size", inner.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)))
            .Raw(Header("carrier"u8.ToArray(), 0, '0')).Padded(inner).Entry("last").End().ToArray();
        Assert.Equal(["carrier", "last"], Read.All(tar).Select(a => a.Entry.RawPath));
    }

    [Fact]
    public void Links_and_directories_have_no_data_whatever_their_size_says()
    {
        var tar = new TarBytes().Raw(Header("l"u8.ToArray(), 512, '2', "t")).Raw(Header("d/"u8.ToArray(), 4096, '5')).Raw(Header("h"u8.ToArray(), 99, '1', "f")).Entry("f").End().ToArray();
        Assert.Equal(["l", "d/", "h", "f"], Read.All(tar).Select(a => a.Entry.RawPath));
    }

    [Fact]
    public void Numbers_in_base_256_are_read()
    {
        var entry = Read.One(new TarBytes().Raw(Header("a"u8.ToArray(), 0, '0', magic: Magic.Gnu, edit: b =>
        {
            Binary(b, 108, 8, 4_000_000_000);
            Binary(b, 136, 12, -3);
        })).End().ToArray());
        Assert.Equal(4_000_000_000u, entry.Uid);
        Assert.Equal(-3, entry.MTime.Seconds);
    }

    [Fact]
    public void Mode_keeps_permission_bits_only() =>
        Assert.Equal(0xdfd, Read.One(new TarBytes().Entry("a", edit: b => Text(b, 100, "0106775\0")).End().ToArray()).Mode);

    [Fact]
    public void Checksums_summed_with_signed_bytes_are_taken()
    {
        var block = Header(Encoding.Latin1.GetBytes("\xe9\xe9"), 0, '0');
        Text(block, 148, "        ");
        Text(block, 148, Convert.ToString(block.Sum(b => (sbyte)b), 8).PadLeft(6, '0') + "\0 ");
        Assert.Equal("\udce9\udce9", Read.One(new TarBytes().Raw(block).End().ToArray()).RawPath);
    }

    [Fact]
    public void The_end_is_told()
    {
        static ArchiveEnd End(byte[] tar)
        {
            using var reader = new LayerReader(new MemoryStream(tar));
            while (reader.Read() is not null)
            {
            }

            Assert.Null(reader.Read());
            return reader.End;
        }

        var body = new TarBytes().Entry("a", "b").ToArray();
        Assert.Equal(ArchiveEnd.None, End(body));
        Assert.Equal(ArchiveEnd.HalfMarker, End([.. body, .. new byte[512]]));
        Assert.Equal(ArchiveEnd.Marker, End([.. body, .. new byte[1024]]));
        Assert.Equal(ArchiveEnd.Marker, End([.. body, .. new byte[10240]]));
        Assert.Equal(ArchiveEnd.None, End([]));
        Assert.Contains("end marker", Read.Refused(body, new LayerLimits { RequireEndMarker = true }).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_whole_stream_is_read_so_that_a_hash_over_it_is_complete()
    {
        byte[] tar = [.. new TarBytes().Entry("a").End().ToArray(), .. new byte[300_000]];
        var stream = new MemoryStream(tar);
        Read.All(stream);
        Assert.False(stream.CanRead && stream.Position != stream.Length);
        using var reader = new LayerReader(new MemoryStream([.. tar, 1]), new LayerLimits { AllowTrailingBytes = true });
        reader.Read();
        Assert.Null(reader.Read());
        Assert.Equal(300_001, reader.TrailingBytes);
    }

    [Theory]
    [InlineData(".wh.gone", WhiteoutKind.Remove, "gone")]
    [InlineData("a/b/.wh.gone", WhiteoutKind.Remove, "a/b/gone")]
    [InlineData("a/.wh..wh..opq", WhiteoutKind.Opaque, "a")]
    [InlineData(".wh..wh..opq", WhiteoutKind.Opaque, "")]
    [InlineData(".wh..wh.aufs", WhiteoutKind.Ignored, null)]
    [InlineData(".wh..wh.plnk/12.34", WhiteoutKind.Ignored, null)]
    [InlineData("a.wh.b", WhiteoutKind.None, null)]
    [InlineData(".wh", WhiteoutKind.None, null)]
    [InlineData(".wh..hidden", WhiteoutKind.Remove, ".hidden")]
    public void Whiteouts_are_told(string name, WhiteoutKind kind, string? target)
    {
        var entry = Read.One(new TarBytes().Entry(name).End().ToArray());
        Assert.Equal(kind, entry.Whiteout);
        Assert.True(entry.SafePath.IsSafe);
        if (target is not null)
        {
            Assert.Equal(target, entry.WhiteoutTarget.Value);
        }
    }

    [Theory]
    [InlineData(".wh.")]
    [InlineData(".wh..")]
    [InlineData("a/.wh...")]
    [InlineData(".wh.a/b")]
    [InlineData("x/.wh.a/.wh.b")]
    [InlineData(".wh.a/.wh..wh..opq")]
    public void Whiteouts_of_nothing_or_as_directories_are_refused(string name) =>
        Assert.False(Read.One(new TarBytes().Entry(name).End().ToArray()).SafePath.IsSafe);

    [Fact]
    public void Random_pieces_of_the_stream_give_the_same_entries()
    {
        var big = new byte[700_000];
        new Random(1).NextBytes(big);
        var tar = new TarBytes().Entry("a", "x").Pax(("path", new string('p', 200))).Entry("b", big, '0').Entry("c", "y").End().ToArray();
        Gen.Int[0, int.MaxValue].Sample(seed =>
        {
            var random = new Random(seed);
            var all = Read.All(new Piecemeal(tar, () => random.Next(1, random.Next(2, 100_000))));
            return all.Count == 3 && all[1].Content.AsSpan().SequenceEqual(big) && all[1].Entry.RawPath.Length == 200;
        }, iter: 30);
    }

    [Fact]
    public void Content_that_nobody_reads_is_skipped()
    {
        using var reader = new LayerReader(new MemoryStream(new TarBytes().Entry("a", new string('x', 5000)).Entry("b", "y").End().ToArray()));
        reader.Read();
        Assert.Equal((int)'x', reader.Content.ReadByte());
        Assert.Equal("b", reader.Read()!.RawPath);
        var pieces = new List<byte>();
        reader.CopyContentTo((offset, data) => pieces.AddRange(data));
        Assert.Equal("y", Encoding.UTF8.GetString([.. pieces]));
        Assert.Null(reader.Read());
    }

    [Fact]
    public void Epoch_is_the_default_time() => Assert.Equal(Epoch.ToUnixTimeSeconds(), Read.One(new TarBytes().Entry("a").End().ToArray()).MTime.Seconds);
}
