using CsCheck;
using Skerry.Node.Isolation.Jails;

namespace Skerry.Node.Tests.Isolation.Jails;

public sealed class ElfFileTests
{
    [Fact]
    public void Loader_libraries_and_search_path_are_read()
    {
        var file = ElfFile.Read(new ElfVector().Text(1, "libz.so.1").Text(15, "/old").Text(1, "libc.so.6").Text(29, "$ORIGIN/../lib:/opt/l").Stream);
        Assert.Equal(((ushort)62, "/lib64/ld-linux-x86-64.so.2"), (file.Machine, file.Interpreter));
        Assert.Equal(["libz.so.1", "libc.so.6"], file.Needed);
        Assert.Equal(["$ORIGIN/../lib", "/opt/l"], file.SearchPath);
    }

    [Fact]
    public void A_program_of_this_machine_is_read_as_readelf_reads_it()
    {
        const string Program = "/bin/sh";
        Assert.SkipUnless(File.Exists("/usr/bin/readelf"), "needs readelf (apt install binutils)");
        var said = Network.NetworkRig.ShellHere($"readelf -dlW {Program}");
        var file = ElfFile.Read(Program);
        Assert.Contains($"interpreter: {file.Interpreter}]", said, StringComparison.Ordinal);
        Assert.NotEmpty(file.Needed);
        Assert.All(file.Needed, n => Assert.Contains($"Shared library: [{n}]", said, StringComparison.Ordinal));
    }

    public static TheoryData<string, string> Hostile => new()
    {
        { "no magic", "does not begin" },
        { "32 bit", "class 1" },
        { "big endian", "data 2" },
        { "core dump", "type 4" },
        { "too many segments", "300 program headers" },
        { "segments of another size", "of 57 bytes" },
        { "segments beyond the end", "ends before" },
        { "segments at the end of the world", "ends before" },
        { "dynamic section beyond the end", "ends before" },
        { "dynamic section without an end", "more than" },
        { "no string table", "no string table" },
        { "string table nowhere", "in no segment" },
        { "name outside the table", "outside the string table" },
        { "table beyond the end", "no end within" },
        { "empty name", "it is empty" },
        { "name of line breaks", "not text" },
        { "loader without an end", "no end within" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_file_that_breaks_the_format_is_refused_with_place_and_reason(string what, string why)
    {
        var vector = new ElfVector();
        vector = what switch
        {
            "no magic" => vector.Put8(1, (byte)'e'),
            "32 bit" => vector.Put8(4, 1),
            "big endian" => vector.Put8(5, 2),
            "core dump" => vector.Put16(16, 4),
            "too many segments" => vector.Put16(56, 300),
            "segments of another size" => vector.Put16(54, 57),
            "segments beyond the end" => vector.Put64(32, 0x5f0),
            "segments at the end of the world" => vector.Put64(32, ulong.MaxValue - 3),
            "dynamic section beyond the end" => vector.Segment(2, 2, ulong.MaxValue - 7, 0, 0x100),
            "dynamic section without an end" => vector.Segment(2, 2, 0x200, 0, ulong.MaxValue),
            "no string table" => vector.Text(1, "a").Put64(ElfVector.Dynamic, 0x6ffffef5),
            "string table nowhere" => vector.Text(1, "a").Put64(ElfVector.Dynamic + 8, 0x99),
            "name outside the table" => vector.Entry(1, 0x200),
            "table beyond the end" => vector.Entry(10, ulong.MaxValue).Entry(1, 0x4000),
            "empty name" => vector.Entry(1, 0),
            "name of line breaks" => vector.Text(1, "a\nb"),
            _ => vector.Segment(1, 3, ElfVector.Interpreter, 0, 4),
        };
        var error = Assert.Throws<FormatException>(() => ElfFile.Read(vector.Stream));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("ELF at 0x", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_bytes_are_changed_the_answer_is_a_value_or_a_refusal()
    {
        Gen.Select(Gen.Int[0, 0x2ff], Gen.Byte, Gen.Int[0, 0x2ff], Gen.Byte).Sample((at, value, other, more) =>
        {
            try
            {
                _ = ElfFile.Read(new ElfVector().Text(1, "libc.so.6").Text(29, "/a:/b").Put8(at, value).Put8(other, more).Stream);
            }
            catch (FormatException)
            {
                // Refused.
            }
        });
    }
}
