using System.Text;
using Skerry.Oci.Layers;
using static Skerry.Oci.Tests.Layers.TarBytes;

namespace Skerry.Oci.Tests.Layers;

public sealed class SparseTests
{
    private static string Expand(byte[] tar)
    {
        var all = Read.All(tar);
        Assert.Equal("next", all[^1].Entry.RawPath);
        var (entry, content) = all[0];
        Assert.Equal("file", entry.RawPath);
        Assert.Equal(entry.Size, content.Length);

        // by segments too
        using var reader = new LayerReader(new MemoryStream(tar));
        reader.Read();
        var copy = new byte[entry.Size];
        reader.CopyContentTo((offset, data) => data.CopyTo(copy.AsSpan((int)offset)));
        Assert.Equal(content, copy);
        return Encoding.UTF8.GetString(content).Replace('\0', '.');
    }

    private static TarBytes OldGnu(string data, long real, params (long, long)[] pairs) => new TarBytes().Entry("file", data, 'S', magic: Magic.Gnu, edit: b =>
    {
        for (var i = 0; i < pairs.Length && i < 4; i++)
        {
            Text(b, 386 + 24 * i, Octal(pairs[i].Item1));
            Text(b, 386 + 24 * i + 12, Octal(pairs[i].Item2));
        }

        Text(b, 483, Octal(real));
    });

    private static string Octal(long value) => Convert.ToString(value, 8).PadLeft(11, '0') + "\0";

    [Fact]
    public void Old_gnu_sparse_files_are_expanded() =>
        Assert.Equal("..ab...cd.", Expand(OldGnu("abcd", 10, (2, 2), (7, 2), (10, 0)).Entry("next").End().ToArray()));

    [Fact]
    public void Old_gnu_maps_go_on_in_extra_blocks()
    {
        var header = Header("file"u8.ToArray(), 5, 'S', magic: Magic.Gnu, edit: b =>
        {
            for (var i = 0; i < 4; i++)
            {
                Text(b, 386 + 24 * i, Octal(2 * i));
                Text(b, 386 + 24 * i + 12, Octal(1));
            }

            b[482] = 1;
            Text(b, 483, Octal(12));
        });
        var more = new byte[512];
        Text(more, 0, Octal(10) + Octal(1));
        Assert.Equal("a.b.c.d...e.", Expand(new TarBytes().Raw(header).Raw(more).Padded("abcde"u8.ToArray()).Entry("next").End().ToArray()));
    }

    [Fact]
    public void Pax_0_0_sparse_files_are_expanded() => Assert.Equal("..ab...cd.", Expand(new TarBytes().Pax(("GNU.sparse.size", "10"), ("GNU.sparse.numblocks", "2"),
        ("GNU.sparse.offset", "2"), ("GNU.sparse.numbytes", "2"), ("GNU.sparse.offset", "7"), ("GNU.sparse.numbytes", "2")).Entry("file", "abcd").Entry("next").End().ToArray()));

    [Fact]
    public void Pax_0_1_sparse_files_are_expanded() => Assert.Equal("..ab...cd.", Expand(new TarBytes().Pax(("GNU.sparse.size", "10"), ("GNU.sparse.map", "2,2,7,2"), ("GNU.sparse.name", "file"))
        .Entry("GNUSparseFile.1/file", "abcd").Entry("next").End().ToArray()));

    [Fact]
    public void Pax_1_0_sparse_files_are_expanded() => Assert.Equal("..ab...cd.", Expand(new TarBytes().Pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "file"), ("GNU.sparse.realsize", "10"))
        .Entry("GNUSparseFile.1/file", [.. Encoding.ASCII.GetBytes("2\n2\n2\n7\n2\n"), .. new byte[512 - 10], .. "abcd"u8], '0').Entry("next").End().ToArray()));

    [Fact]
    public void A_file_of_nothing_but_a_hole_costs_nothing_to_copy()
    {
        using var reader = new LayerReader(new MemoryStream(OldGnu("", 1L << 34).End().ToArray()));
        var entry = reader.Read()!;
        Assert.Equal(1L << 34, entry.Size);
        Assert.Empty(entry.Segments!);
        reader.CopyContentTo((_, _) => Assert.Fail("there is no data"));
        Assert.Null(reader.Read());
    }

    public static TheoryData<byte[], string> Hostile
    {
        get
        {
            var data = new TheoryData<byte[], string>();
            void Add(TarBytes tar, string reason) => data.Add(tar.Entry("next").End().ToArray(), reason);
            TarBytes Map(string map, string size = "10", string content = "abcd") => new TarBytes().Pax(("GNU.sparse.size", size), ("GNU.sparse.map", map)).Entry("file", content);
            TarBytes Inline(string map, string size = "10") => new TarBytes().Pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", size))
                .Entry("file", [.. Encoding.ASCII.GetBytes(map.PadRight((map.Length + 511) / 512 * 512, '\0'))], '0');

            Add(Map("2,2,1,2"), "out of order");
            Add(Map("2,2,3,2"), "overlap");
            Add(Map("2,2,7,4"), "behind its end");
            Add(Map("2,2,7,1"), "3 bytes but the archive holds 4");
            Add(Map("2,2,7"), "odd number");
            Add(Map("2,2,x,2"), "list of numbers");
            Add(Map("2,-2"), "list of numbers");
            Add(Map("9223372036854775800,100"), "impossible value|list of numbers|behind its end");
            Add(Map("4611686018427387904,4611686018427387904,4611686018427387905,4611686018427387904", "9223372036854775806"), "impossible value|behind its end|list of numbers");
            Add(Map("0,4", "4611686018427387904"), "at most");
            Add(new TarBytes().Pax(("GNU.sparse.map", "0,4")).Entry("file", "abcd"), "real size");
            Add(new TarBytes().Pax(("GNU.sparse.size", "10"), ("GNU.sparse.offset", "2")).Entry("file"), "without GNU.sparse.numbytes");
            Add(new TarBytes().Pax(("GNU.sparse.size", "10"), ("GNU.sparse.numbytes", "2")).Entry("file"), "without GNU.sparse.offset");
            Add(new TarBytes().Pax(("GNU.sparse.major", "2"), ("GNU.sparse.size", "0")).Entry("file"), "format 2");
            Add(new TarBytes().Pax(("GNU.sparse.size", "0")).Entry("file", "", '2', "x"), "no file");
            Add(OldGnu("abcd", 3, (0, 4)), "behind its end");
            Add(new TarBytes().Entry("file", "", 'S', magic: Magic.Gnu, edit: b => Binary(b, 483, 12, -1)), "real size");
            Add(new TarBytes().Entry("file", "", 'S', magic: Magic.Posix), "not GNU");
            Add(Inline("99999999\n"), "more than");
            Add(Inline("2\n0\n"), "too long");
            Add(Inline("1\n0\nx\n"), "other than numbers");
            Add(Inline("1\n0\n" + new string('1', 30) + "\n"), "too long");
            Add(Inline("-1\n"), "other than numbers");
            Add(Inline(""), "longer than its data");
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_sparse_map_is_refused(byte[] tar, string reasons)
    {
        var e = Read.Refused(tar);
        Assert.Contains(reasons.Split('|'), r => e.Message.Contains(r, StringComparison.Ordinal));
    }
}
