using System.Formats.Tar;
using Skerry.Cli.Copy;
using Skerry.Linux.Files;

namespace Skerry.Cli.Tests.Copy;

/// <summary>What a hostile container could put into the stream that `skerry cp` unpacks on the host.</summary>
public sealed class TarUnpackingTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("skerry-cp-").FullName;
    private readonly string _target;
    private readonly string _outside;

    public TarUnpackingTests()
    {
        _target = Directory.CreateDirectory(Path.Combine(_root, "target")).FullName;
        _outside = Directory.CreateDirectory(Path.Combine(_root, "outside")).FullName;
        File.WriteAllText(Path.Combine(_outside, "secret"), "unchanged");
    }

    public static TheoryData<string, TarEntryType[], string[], string[]> Hostile => new()
    {
        { "climbs", [TarEntryType.RegularFile], ["x/../../outside/secret"], [""] },
        { "is absolute", [TarEntryType.RegularFile], ["/etc/skerry-owned"], [""] },
        { "was not asked for", [TarEntryType.RegularFile], ["y/file"], [""] },
        { "goes through a link", [TarEntryType.Directory, TarEntryType.SymbolicLink, TarEntryType.RegularFile], ["x/", "x/l", "x/l/secret"], ["", "../../outside", ""] },
        { "goes through an absolute link", [TarEntryType.Directory, TarEntryType.SymbolicLink, TarEntryType.RegularFile], ["x/", "x/l", "x/l/etc/passwd"], ["", "/", ""] },
        { "replaces itself by a link", [TarEntryType.SymbolicLink, TarEntryType.RegularFile], ["x", "x/secret"], ["../outside", ""] },
        { "makes a directory through a link", [TarEntryType.Directory, TarEntryType.SymbolicLink, TarEntryType.Directory], ["x/", "x/l", "x/l/new/"], ["", "../../outside", ""] },
        { "takes a link for a directory", [TarEntryType.Directory, TarEntryType.SymbolicLink, TarEntryType.Directory], ["x/", "x/l", "x/l/"], ["", "../../outside", ""] },
        { "links hard to a file outside", [TarEntryType.Directory, TarEntryType.HardLink], ["x/", "x/h"], ["", "../outside/secret"] },
        { "links hard through a link", [TarEntryType.Directory, TarEntryType.SymbolicLink, TarEntryType.HardLink], ["x/", "x/l", "x/h"], ["", "../../outside", "x/l/secret"] },
        { "links hard to a link", [TarEntryType.Directory, TarEntryType.SymbolicLink, TarEntryType.HardLink], ["x/", "x/l", "x/h"], ["", "../../outside/secret", "x/l"] },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_stream_that_leaves_the_directory_is_refused(string how, TarEntryType[] types, string[] names, string[] links)
    {
        var failure = Assert.ThrowsAny<Exception>(() => Unpack("x", "x", types, names, links));
        Assert.True(failure is CliFailure or Skerry.Linux.LinuxException, $"{how}: {failure}");
        Assert.Equal("unchanged", File.ReadAllText(Path.Combine(_outside, "secret")));
        Assert.Equal(["secret"], Directory.GetFileSystemEntries(_outside).Select(Path.GetFileName));
        Assert.False(File.Exists("/etc/skerry-owned"));
    }

    [Fact]
    public void A_file_replaces_a_link_and_is_not_written_through_it()
    {
        File.CreateSymbolicLink(Path.Combine(_target, "x"), Path.Combine(_outside, "secret"));
        Unpack("x", "x", [TarEntryType.RegularFile], ["x"], [""]);
        Assert.Equal("unchanged", File.ReadAllText(Path.Combine(_outside, "secret")));
        Assert.Null(new FileInfo(Path.Combine(_target, "x")).LinkTarget);
    }

    [Fact]
    public void Devices_and_setuid_bits_do_not_come_out()
    {
        var unpacking = Unpack(
            "x", "x", [TarEntryType.Directory, TarEntryType.CharacterDevice, TarEntryType.Fifo, TarEntryType.RegularFile], ["x/", "x/null", "x/fifo", "x/su"], ["", "", "", ""]);
        Assert.Equal(2, unpacking.LeftOut.Count);
        Assert.Equal(["su"], Directory.GetFileSystemEntries(Path.Combine(_target, "x")).Select(Path.GetFileName));
        Assert.Equal(0, (int)File.GetUnixFileMode(Path.Combine(_target, "x/su")) & 0xE00);
    }

    [Fact]
    public void A_tree_comes_out_under_the_name_that_was_asked_for()
    {
        Unpack(
            "x", "other", [TarEntryType.Directory, TarEntryType.RegularFile, TarEntryType.SymbolicLink, TarEntryType.HardLink],
            ["./x/", "./x/file", "./x/link", "./x/hard"], ["", "", "/anywhere", "./x/file"]);
        Assert.Equal("content of ./x/file", File.ReadAllText(Path.Combine(_target, "other/file")));
        Assert.Equal("/anywhere", new FileInfo(Path.Combine(_target, "other/link")).LinkTarget);
        Assert.Equal("content of ./x/file", File.ReadAllText(Path.Combine(_target, "other/hard")));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private TarUnpacking Unpack(string expected, string target, TarEntryType[] types, string[] names, string[] links)
    {
        var bytes = Tar(types, names, links);
        using var root = FileCalls.Open(null, _target, OpenFlags.Directory);
        var unpacking = new TarUnpacking(root, expected, target, keepOwner: false);
        using var reader = new TarReader(new MemoryStream(bytes));
        unpacking.Unpack(reader);
        return unpacking;
    }

    internal static byte[] Tar(TarEntryType[] types, string[] names, string[] links)
    {
        var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true))
        {
            for (var i = 0; i < types.Length; i++)
            {
                var entry = new PaxTarEntry(types[i], names[i])
                {
                    Mode = (UnixFileMode)(types[i] == TarEntryType.Directory ? 0x1ED : 0x9ED), // 0755; 04755
                };
                if (types[i] == TarEntryType.RegularFile)
                {
                    entry.DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes($"content of {names[i]}"));
                }
                else if (links[i].Length > 0)
                {
                    entry.LinkName = links[i];
                }

                writer.WriteEntry(entry);
            }
        }

        return stream.ToArray();
    }
}
