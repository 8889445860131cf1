using System.Formats.Tar;
using System.Text;
using Skerry.Linux.Files;
using Skerry.Linux.Processes;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Pods;
using Skerry.Node.Pods.Copying;
using Skerry.Oci;
using Skerry.Oci.Layers;

namespace Skerry.Node.Tests.Pods.Copying;

/// <summary>Copies into and out of a directory that plays a container's root, whose owner does what it can to lead them elsewhere.</summary>
public sealed class ConfinementTests : IDisposable
{
    private const string Secret = "secret of the host";
    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-copy-").FullName;
    private readonly string _root;
    private readonly string _outside;

    public ConfinementTests()
    {
        _root = Directory.CreateDirectory(Path.Combine(_directory, "root")).FullName;
        _outside = Directory.CreateDirectory(Path.Combine(_directory, "outside")).FullName;
        File.WriteAllText(Path.Combine(_outside, "file"), Secret);
        Directory.CreateDirectory(Path.Combine(_root, "srv"));
    }

    public void Dispose()
    {
        Assert.Equal([Path.Combine(_outside, "file")], Directory.GetFileSystemEntries(_outside));
        Assert.Equal(Secret, File.ReadAllText(Path.Combine(_outside, "file")));
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("ABSOLUTE")]
    [InlineData("../../../../../../../../../../OUTSIDE")]
    public void A_link_out_of_the_root_leads_copies_out_to_the_roots_own_files(string target)
    {
        Link("srv/escape", target);
        var error = Assert.Throws<PodException>(() => Out("/srv/escape/file"));
        Assert.Equal(PodFailure.NotFound, error.Failure);

        // The same path inside the root is what the container sees.
        Directory.CreateDirectory(_root + _outside);
        File.WriteAllText(_root + _outside + "/file", "own");
        Assert.Equal("own", Content(Out("/srv/escape/file"), "file"));
    }

    [Theory]
    [InlineData("ABSOLUTE")]
    [InlineData("../../../../../../../../../../OUTSIDE")]
    public async Task A_link_out_of_the_root_leads_copies_in_nowhere_else(string target)
    {
        NeedRoot();
        Link("srv/escape", target);
        await Assert.ThrowsAsync<PodException>(() => In("/srv/escape", ("file", "overwritten")));
        await Assert.ThrowsAsync<PodException>(() => In("/srv", ("escape/file", "overwritten")));
    }

    [Fact]
    public async Task A_file_replaces_a_link_and_does_not_write_through_it()
    {
        NeedRoot();
        Link("srv/file", _outside + "/file");
        await In("/srv", ("file", "new"));
        Assert.Equal("new", File.ReadAllText(Path.Combine(_root, "srv/file")));
        Assert.Null(new FileInfo(Path.Combine(_root, "srv/file")).LinkTarget);
    }

    [Theory]
    [InlineData("../file")]
    [InlineData("a/../../file")]
    [InlineData("/../file")]
    public async Task A_name_that_climbs_is_refused(string name)
    {
        NeedRoot();
        var error = await Assert.ThrowsAsync<PodException>(() => In("/srv", (name, "x")));
        Assert.Contains("..", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_root, "srv")));
    }

    [Fact]
    public async Task A_hard_link_to_something_outside_the_directory_is_refused()
    {
        NeedRoot();
        File.WriteAllText(Path.Combine(_root, "shadow"), "x");
        await Assert.ThrowsAsync<PodException>(() => In("/srv", Tar(w => w.Write(new NewEntry("l", LayerEntryType.HardLink) { LinkTarget = "../shadow" }))));
        Link("srv/way", "/");
        await Assert.ThrowsAsync<PodException>(() => In("/srv", Tar(w => w.Write(new NewEntry("l", LayerEntryType.HardLink) { LinkTarget = "way/shadow" }))));
        Assert.Equal(["way"], Directory.GetFileSystemEntries(Path.Combine(_root, "srv")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_device_is_refused()
    {
        NeedRoot();
        var error = await Assert.ThrowsAsync<PodException>(() => In("/srv", Tar(w => w.Write(new NewEntry("sda", LayerEntryType.BlockDevice) { DeviceMajor = 8 }))));
        Assert.Equal(PodFailure.Refused, error.Failure);
    }

    [Fact]
    public async Task A_stream_that_breaks_off_leaves_the_old_file_and_nothing_half_made()
    {
        NeedRoot();
        File.WriteAllText(Path.Combine(_root, "srv/file"), "old");
        var tar = Tar(w => w.Write(new NewEntry("file", LayerEntryType.File), new byte[100_000]));
        await Assert.ThrowsAsync<OciFormatException>(() => In("/srv", tar[..50_000]));
        Assert.Equal("old", File.ReadAllText(Path.Combine(_root, "srv/file")));
        Assert.Equal(["file"], Directory.GetFileSystemEntries(Path.Combine(_root, "srv")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Owners_are_those_of_the_pods_range_and_come_out_as_they_went_in()
    {
        NeedRoot();
        var range = IdRange.At(0x2000_0000);
        var tar = Tar(w =>
        {
            w.Write(new NewEntry("d", LayerEntryType.Directory) { Uid = 5, Gid = 6 });
            w.Write(new NewEntry("d/f", LayerEntryType.File) { Uid = 1000, Gid = 1001, Mode = 0x9ED }, "x"u8);
            w.Write(new NewEntry("d/l", LayerEntryType.Symlink) { Uid = 7, LinkTarget = "f" });
            w.Write(new NewEntry("made/for/it", LayerEntryType.File), "x"u8);
        });
        await In("/srv", tar, range);
        using var srv = FileCalls.Open(null, Path.Combine(_root, "srv"), OpenFlags.Directory);
        var file = FileCalls.Status(srv, "d/f")!.Value;
        Assert.Equal((0x2000_0000u + 1000, 0x2000_0000u + 1001, 0x9EDu), (file.Uid, file.Gid, file.Mode));
        Assert.Equal(0x2000_0000u + 5, FileCalls.Status(srv, "d")!.Value.Uid);
        Assert.Equal(0x2000_0000u + 7, FileCalls.Status(srv, "d/l")!.Value.Uid);
        Assert.Equal(0x2000_0000u, FileCalls.Status(srv, "made/for")!.Value.Uid);

        using var reader = new LayerReader(new MemoryStream(Out("/srv/d/f", range)));
        var entry = reader.Read()!;
        Assert.Equal((1000u, 1001u, 0x9ED), (entry.Uid, entry.Gid, entry.Mode));
        var error = await Assert.ThrowsAsync<PodException>(() => In("/srv", Tar(w => w.Write(new NewEntry("f", LayerEntryType.File) { Uid = 65536 })), range));
        Assert.Equal(PodFailure.Invalid, error.Failure);
    }

    [Fact]
    public async Task Procfs_is_neither_read_nor_written()
    {
        NeedRoot();
        using var root = new ContainerRoot(FileCalls.Open(null, "/", OpenFlags.Path | OpenFlags.Directory), null, "c", null);
        Assert.Equal(PodFailure.Refused, Assert.Throws<PodException>(() => new TreePacking(root, new MemoryStream(), default).Pack("/proc/version")).Failure);
        Assert.Equal(PodFailure.Refused, Assert.Throws<PodException>(() => new TreePacking(root, new MemoryStream(), default).Pack("/proc/self/root/etc/hostname")).Failure);
        var tar = Tar(w => w.Write(new NewEntry("core_pattern", LayerEntryType.File), "x"u8));
        var error = await Assert.ThrowsAsync<PodException>(() => FileIdentity.Run("test", identity => new TreeUnpacking(root, identity, default).Unpack(new MemoryStream(tar), "/proc/sys/kernel")));
        Assert.Equal(PodFailure.Refused, error.Failure);
    }

    [Fact]
    public async Task A_root_that_exchanges_directories_for_links_all_the_time_gains_nothing()
    {
        NeedRoot();
        Directory.CreateDirectory(Path.Combine(_root, "srv/swap"));
        File.WriteAllText(Path.Combine(_root, "srv/swap/file"), "own");
        Link("srv/link", _outside);
        using var over = new CancellationTokenSource();
        var hostile = Task.Run(
            () =>
            {
                using var srv = FileCalls.Open(null, Path.Combine(_root, "srv"), OpenFlags.Directory);
                while (!over.IsCancellationRequested)
                {
                    FileCalls.Exchange(srv, "swap", srv, "link");
                }
            },
            TestContext.Current.CancellationToken);
        for (var i = 0; i < 2000; i++)
        {
            try
            {
                Assert.DoesNotContain(Secret, Encoding.UTF8.GetString(Out("/srv")), StringComparison.Ordinal);
                Assert.DoesNotContain(Secret, Encoding.UTF8.GetString(Out("/srv/swap/file")), StringComparison.Ordinal);
            }
            catch (PodException)
            {
                // Not found, or replaced meanwhile: the right answer at that moment.
            }

            try
            {
                await In("/srv", ("swap/new", "x"), ("swap/file", "overwritten"));
            }
            catch (PodException)
            {
            }
        }

        await over.CancelAsync();
        await hostile;
    }

    private static void NeedRoot() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: files are made for other owners");

    private static byte[] Tar(Action<LayerWriter> write)
    {
        var memory = new MemoryStream();
        using (var writer = new LayerWriter(memory, leaveOpen: true))
        {
            write(writer);
        }

        return memory.ToArray();
    }

    private static string Content(byte[] tar, string name)
    {
        using var reader = new TarReader(new MemoryStream(tar));
        var entry = reader.GetNextEntry()!;
        Assert.Equal(name, entry.Name);
        return new StreamReader(entry.DataStream!).ReadToEnd();
    }

    private void Link(string name, string target) =>
        File.CreateSymbolicLink(Path.Combine(_root, name), target.Replace("ABSOLUTE", _outside, StringComparison.Ordinal).Replace("/OUTSIDE", _outside, StringComparison.Ordinal));

    private byte[] Out(string path, IdRange? ids = null)
    {
        using var root = new ContainerRoot(FileCalls.Open(null, _root, OpenFlags.Path | OpenFlags.Directory), ids, "c", null);
        var memory = new MemoryStream();
        new TreePacking(root, memory, TestContext.Current.CancellationToken).Pack(path);
        return memory.ToArray();
    }

    private Task<long> In(string path, params (string Name, string Content)[] files) => In(path, Tar(w =>
    {
        foreach (var (name, content) in files)
        {
            w.Write(new NewEntry(name, LayerEntryType.File), Encoding.UTF8.GetBytes(content));
        }
    }));

    private async Task<long> In(string path, byte[] tar, IdRange? ids = null)
    {
        using var root = new ContainerRoot(FileCalls.Open(null, _root, OpenFlags.Path | OpenFlags.Directory), ids, "c", null);
        return await FileIdentity.Run("test", identity => new TreeUnpacking(root, identity, TestContext.Current.CancellationToken).Unpack(new MemoryStream(tar), path));
    }
}
