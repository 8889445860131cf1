using System.Text;
using Skerry.Linux.Files;
using Skerry.Node.Images;
using Skerry.Node.Images.Layers;
using Skerry.Node.Images.Upkeep;
using Skerry.Oci;
using Skerry.Oci.Layers;

namespace Skerry.Node.Tests.Images.Layers;

/// <summary>What strangers put into layers, on the real kernel. After each, the directory beside the store is as it was.</summary>
public sealed class HostileLayerTests : IDisposable
{
    private readonly StoreFixture _store;

    public HostileLayerTests()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: layers keep owners, whiteouts and trusted attributes");
        _store = new StoreFixture();
    }

    public void Dispose()
    {
        _store?.AssertCanaryAlive();
        _store?.Dispose();
    }

    [Theory]
    [InlineData("../escape")]
    [InlineData("a/../../escape")]
    [InlineData("a/..")]
    [InlineData("..")]
    [InlineData(".wh...")]
    [InlineData("a/.wh...")]
    [InlineData(".wh..")]
    [InlineData(".wh.")]
    public void A_layer_that_climbs_out_of_the_root_is_refused(string name) => Refused(new TarMaker().Directory("a").File(name, "x"));

    [Fact]
    public async Task An_absolute_path_lands_inside_the_root()
    {
        string layer = await _store.UnpackAsync(new TarMaker().File("/etc/passwd", "mine").End());
        Assert.Equal("mine", _store.TextIn(layer, "etc/passwd"));
    }

    [Theory]
    [InlineData("/etc")]
    [InlineData("../../../../../../../../../etc")]
    [InlineData("/proc/self/root/etc")]
    public async Task A_parent_that_is_a_link_out_of_the_root_stays_inside(string target)
    {
        string layer = await _store.UnpackAsync(new TarMaker().Symlink("a", target).File("a/skerry-hostile", "x").End());
        Assert.False(File.Exists("/etc/skerry-hostile"));
        Assert.Equal("x", _store.TextIn(layer, target.Contains("proc", StringComparison.Ordinal) ? "proc/self/root/etc/skerry-hostile" : "etc/skerry-hostile"));
    }

    [Fact]
    public void A_parent_that_links_to_the_canary_by_its_real_path_does_not_reach_it() =>
        Unpacked(new TarMaker().LongLink(_store.CanaryPath).Symlink("a", "x").File("a/bird", "dead").File("a/etc/passwd", "dead"));

    [Fact]
    public void A_link_replaced_between_two_files_does_not_carry_the_second_out() => Unpacked(new TarMaker()
        .Directory("d").File("d/one", "1")
        .LongLink(_store.CanaryPath).Symlink("d", "x")
        .File("d/bird", "dead"));

    [Fact]
    public void Links_that_go_in_circles_are_refused()
    {
        Refused(new TarMaker().Symlink("a", "b").Symlink("b", "a").File("a/x", "x"));
        Refused(new TarMaker().Symlink("a", "a").File("a/x", "x"));
        Refused(new TarMaker().Symlink("a", "a/b").File("a/x", "x"));
    }

    [Fact]
    public void A_chain_of_more_links_than_the_kernel_follows_is_refused()
    {
        var tar = new TarMaker();
        for (int i = 0; i < 60; i++)
        {
            tar.Symlink($"l{i}", $"l{i + 1}");
        }

        Refused(tar.File("l0/x", "x"));
    }

    [Fact]
    public void A_hard_link_out_of_the_root_is_refused()
    {
        Refused(new TarMaker().HardLink("mine", "../canary/bird"));
        Refused(new TarMaker().HardLink("mine", _store.CanaryPath.Length < 90 ? _store.CanaryPath + "/bird" : "/etc/passwd"));
        Refused(new TarMaker().HardLink("mine", "/etc/passwd"));
    }

    [Fact]
    public void A_hard_link_through_a_symbolic_link_does_not_leave_the_root()
    {
        Refused(new TarMaker().LongLink(_store.CanaryPath).Symlink("a", "x").HardLink("mine", "a/bird"));
        Refused(new TarMaker().Symlink("a", "/etc").HardLink("mine", "a/passwd"));
    }

    [Fact]
    public async Task A_hard_link_to_a_symbolic_link_links_the_link_and_writing_over_it_leaves_its_target_alone()
    {
        var tar = new TarMaker().LongLink(_store.CanaryPath + "/bird").Symlink("a", "x").HardLink("b", "a").File("b", "dead");
        string layer = await _store.UnpackAsync(tar.End());
        Assert.Equal("dead", _store.TextIn(layer, "b"));
        Assert.Equal(FileKind.Symlink, _store.StatusIn(layer, "a")!.Value.Kind);
    }

    [Fact]
    public void A_hard_link_to_a_whiteout_or_a_directory_is_refused()
    {
        Refused(new TarMaker().Whiteout(".wh.gone").HardLink("a", "gone"));
        Refused(new TarMaker().Directory("d").HardLink("a", "d"));
    }

    [Fact]
    public async Task A_file_over_a_hard_link_does_not_write_into_the_other_name()
    {
        string layer = await _store.UnpackAsync(new TarMaker().File("a", "old").HardLink("b", "a").File("b", "new").End());
        Assert.Equal("old", _store.TextIn(layer, "a"));
        Assert.Equal("new", _store.TextIn(layer, "b"));
    }

    [Fact]
    public async Task Device_nodes_are_left_out_and_noted()
    {
        string layer = await _store.UnpackAsync(new TarMaker().Device("sda", '4', 8, 0).Device("kmem", '3', 1, 2).Device("whiteout", '3', 0, 0).Fifo("pipe").End());
        Assert.Equal("pipe", Path.GetFileName(Assert.Single(Directory.EnumerateFileSystemEntries(_store.PathIn(layer, "")))));
        Assert.Equal(3, _store.Store.Layers.Read(layer)!.Meta.Notes.Count);
    }

    [Fact]
    public void Device_nodes_are_refused_where_the_node_says_so()
    {
        using var strict = new StoreFixture(o => o with { DeviceNodes = DeviceNodes.Refuse });
        Assert.Throws<ImageException>(() => strict.Unpack(new TarMaker().Device("sda", '4', 8, 0).End()));
    }

    [Theory]
    [InlineData("trusted.overlay.opaque", "y")]
    [InlineData("trusted.overlay.redirect", "/etc")]
    [InlineData("trusted.overlay.metacopy", "")]
    [InlineData("user.overlay.redirect", "/etc")]
    [InlineData("trusted.anything", "x")]
    public void An_attribute_that_speaks_to_the_overlay_is_refused(string name, string value)
    {
        Refused(new TarMaker().Pax(($"SCHILY.xattr.{name}", value)).File("f", "x"));
        Refused(new TarMaker().Pax(($"SCHILY.xattr.{name}", value)).Directory("d"));
        Refused(new TarMaker().Pax(($"SCHILY.xattr.{name}", value)).Symlink("l", "x"));
    }

    [Fact]
    public async Task Labels_and_lists_of_other_machines_are_left_out_and_user_attributes_kept()
    {
        string layer = await _store.UnpackAsync(new TarMaker()
            .Pax(("SCHILY.xattr.security.selinux", "system_u:object_r:shadow_t:s0"), ("SCHILY.xattr.system.posix_acl_access", "x"), ("SCHILY.xattr.user.note", "kept")).File("f", "x").End());
        Assert.Equal("kept"u8.ToArray(), _store.XattrIn(layer, "f", "user.note"));
        Assert.Null(_store.XattrIn(layer, "f", "security.selinux"));
        Assert.Equal(2, _store.Store.Layers.Read(layer)!.Meta.Notes.Count);
    }

    [Fact]
    public async Task A_file_capability_is_kept_and_one_of_another_machines_user_is_not()
    {
        byte[] version2 = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        byte[] version3 = [1, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xe8, 3, 0, 0];
        string layer = await _store.UnpackAsync(new TarMaker()
            .PaxBytes("SCHILY.xattr.security.capability", version2).Entry("ping", '0', "x"u8.ToArray(), "", 0x1ed, 5, 6)
            .PaxBytes("SCHILY.xattr.security.capability", version3).File("other", "x").End());
        Assert.Equal(version2, _store.XattrIn(layer, "ping", "security.capability"));
        Assert.Null(_store.XattrIn(layer, "other", "security.capability"));
    }

    [Fact]
    public async Task A_whiteout_over_a_file_of_the_same_layer_leaves_the_file()
    {
        string layer = await _store.UnpackAsync(new TarMaker().File("a", "x").Whiteout(".wh.a").Whiteout(".wh.b").File("b", "y").End());
        Assert.Equal("x", _store.TextIn(layer, "a"));
        Assert.Equal("y", _store.TextIn(layer, "b"));
    }

    [Fact]
    public async Task A_whiteout_over_a_directory_of_the_same_layer_makes_it_opaque_in_either_order()
    {
        string layer = await _store.UnpackAsync(new TarMaker()
            .Directory("a").File("a/x", "1").Whiteout(".wh.a")
            .Whiteout(".wh.b").Directory("b").File("b/x", "2")
            .Whiteout(".wh.c").File("c/x", "3")
            .Directory("d").Whiteout("d/.wh..wh..opq").File("d/x", "4")
            .Directory("e").End());
        foreach (string name in (string[])["a", "b", "c", "d"])
        {
            Assert.Equal("y"u8.ToArray(), _store.XattrIn(layer, name, "trusted.overlay.opaque"));
            Assert.True(File.Exists(_store.PathIn(layer, name + "/x")));
        }

        Assert.Null(_store.XattrIn(layer, "e", "trusted.overlay.opaque"));
    }

    [Fact]
    public async Task A_whiteout_is_a_character_device_0_0_and_an_opaque_root_hides_all_below()
    {
        string layer = await _store.UnpackAsync(new TarMaker().Whiteout(".wh..wh..opq").Directory("d").Whiteout("d/.wh.gone").Whiteout(".wh..wh.plnk").End());
        var status = _store.StatusIn(layer, "d/gone")!.Value;
        Assert.Equal((FileKind.CharacterDevice, (0u, 0u)), (status.Kind, status.RawDevice));
        Assert.True(_store.Store.Layers.Read(layer)!.Meta.HidesAllBelow);
    }

    [Fact]
    public async Task What_comes_later_takes_the_place_of_what_was_there_whatever_both_are()
    {
        string layer = await _store.UnpackAsync(new TarMaker()
            .File("file-dir", "x").Directory("file-dir").File("file-dir/in", "1")
            .Directory("dir-file").File("dir-file/in", "1").File("dir-file", "now a file")
            .Symlink("link-dir", "/etc").Directory("link-dir").File("link-dir/in", "2")
            .Directory("dir-link").File("dir-link/in", "1").Symlink("dir-link", "file-dir").File("dir-link/through", "3")
            .File("same", "1").File("same", "2").End());
        Assert.Equal("1", _store.TextIn(layer, "file-dir/in"));
        Assert.Equal("now a file", _store.TextIn(layer, "dir-file"));
        Assert.Equal(FileKind.Directory, _store.StatusIn(layer, "link-dir")!.Value.Kind);
        Assert.Equal("2", _store.TextIn(layer, "link-dir/in"));
        Assert.Equal("3", _store.TextIn(layer, "file-dir/through"));
        Assert.Equal("2", _store.TextIn(layer, "same"));
    }

    [Fact]
    public async Task Names_of_one_file_are_checked_rightly_when_some_of_them_were_replaced_or_removed()
    {
        string layer = await _store.UnpackAsync(new TarMaker()
            .File("a", "x").HardLink("b", "a").HardLink("c", "a").File("a", "new")
            .Directory("d").File("d/f", "y").HardLink("e", "d/f").HardLink("g", "e").File("d", "now a file")
            .Whiteout(".wh.w").File("w/in", "z").File("w", "now a file").End());
        var problems = new List<string>();
        var check = new LayerCheck(_store.Store.Layers, (path, problem) => problems.Add($"{path} {problem}"), CancellationToken.None);
        check.Run(_store.Store.Layers.Read(layer)!);
        Assert.Empty(problems);

        // A copy with the same content is not the same file.
        File.Delete(_store.PathIn(layer, "c"));
        File.WriteAllText(_store.PathIn(layer, "c"), "x");
        File.SetUnixFileMode(_store.PathIn(layer, "c"), File.GetUnixFileMode(_store.PathIn(layer, "b")));
        check.Run(_store.Store.Layers.Read(layer)!);
        Assert.Contains("is no longer the same file", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Short_entries_that_make_thousands_of_deep_directories_each_are_bounded()
    {
        var tar = new TarMaker();
        for (int i = 0; i < 40; i++)
        {
            tar.LongName($"{i}/" + string.Concat(Enumerable.Repeat("d/", 2000)) + "f").File("x", "1");
        }

        var e = Assert.Throws<ImageException>(() => _store.Unpack(tar.End()));
        Assert.Contains("more directories than are taken", e.Message, StringComparison.Ordinal);
        Assert.Empty(_store.Leftovers());
    }

    [Fact]
    public void A_file_is_no_directory_to_put_something_in() => Refused(new TarMaker().File("a", "x").File("a/b", "y"));

    [Fact]
    public void The_root_cannot_be_replaced() => Refused(new TarMaker().Symlink("./", "/etc"), new TarMaker().File(".", "x"));

    [Fact]
    public async Task Setuid_owner_time_and_mode_are_those_of_the_archive_whatever_the_umask()
    {
        string layer = await _store.UnpackAsync(new TarMaker()
            .Directory("d", 0x5ff, 7, 8).File("d/su", "x", 0xfff, 1000, 1001).Directory("ro", 0x140, 0, 0, 1_234_567_890).File("ro/in", "x").End());
        var file = _store.StatusIn(layer, "d/su")!.Value;
        Assert.Equal((0xfffu, 1000u, 1001u, 1_700_000_000L), (file.Mode, file.Uid, file.Gid, file.ModifiedSeconds));
        var directory = _store.StatusIn(layer, "d")!.Value;
        Assert.Equal((0x5ffu, 7u, 8u, 1_700_000_000L), (directory.Mode, directory.Uid, directory.Gid, directory.ModifiedSeconds));
        Assert.Equal((0x140u, 1_234_567_890L), (_store.StatusIn(layer, "ro")!.Value.Mode, _store.StatusIn(layer, "ro")!.Value.ModifiedSeconds));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_store.LayersPath));
    }

    [Fact]
    public async Task Names_with_newlines_blanks_and_bytes_that_are_no_text_are_kept()
    {
        string layer = await _store.UnpackAsync(new TarMaker().File("new\nline\t \\x", "1").File("\u00ff\u00fe", "2").End());
        using var directory = FileCalls.Open(null, _store.PathIn(layer, "."), OpenFlags.Read | OpenFlags.Directory);
        Assert.Equal(["new\nline\t \\x", FileText.Decode([0xff, 0xfe])], FileCalls.Entries(directory).Select(e => e.Name).Order(StringComparer.Ordinal));
        string inventory = _store.InventoryOf(layer);
        Assert.Contains("new\\x0aline\\x09\\x20\\x5cx", inventory, StringComparison.Ordinal);
        Assert.Contains("\\xff\\xfe", inventory, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_as_deep_as_the_kernel_takes_is_unpacked_and_a_longer_one_refused()
    {
        string deep = string.Concat(Enumerable.Repeat("d/", 1500));
        string layer = await _store.UnpackAsync(new TarMaker().LongName(deep + "f").File("x", "1").End());
        Assert.NotNull(_store.Store.Layers.Read(layer));
        Refused(new TarMaker().LongName(string.Concat(Enumerable.Repeat("d/", 2100)) + "f").File("x", "1"));
        Refused(new TarMaker().File("short", "x").LongName(new string('n', 256)).File("x", "1"));

        // Two paths that are short each and long together.
        Refused(new TarMaker().LongName(deep + "e").Directory("x").LongLink(deep + "e").Symlink("l", "x").LongName("l/" + deep + "f").File("x", "1"));
    }

    [Fact]
    public void A_bomb_is_refused_and_leaves_nothing()
    {
        using var small = new StoreFixture(o => o with { LayerLimits = new LayerLimits { MaxUnpackedBytes = 1 << 20 } });
        byte[] tar = new TarMaker().File("zeros", new string('\0', 8 << 20)).End();
        Assert.ThrowsAny<Exception>(() => small.Unpack(StoreFixture.Gzip(tar), MediaTypes.OciLayerGzip, Digest.OfSha256(tar)));
        Assert.Empty(small.Leftovers());
    }

    [Fact]
    public void Holes_of_many_sparse_files_together_are_bounded()
    {
        using var small = new StoreFixture(o => o with { LayerLimits = new LayerLimits { MaxUnpackedBytes = 1 << 20 } });
        var tar = new TarMaker();
        for (int i = 0; i < 4; i++)
        {
            tar.Pax(("GNU.sparse.major", "0"), ("GNU.sparse.minor", "1"), ("GNU.sparse.name", $"hole{i}"), ("GNU.sparse.size", "524288"), ("GNU.sparse.numblocks", "0"), ("GNU.sparse.map", "")).File("x", "");
        }

        Assert.ThrowsAny<Exception>(() => small.Unpack(tar.End()));
        Assert.Empty(small.Leftovers());
    }

    [Fact]
    public async Task A_sparse_file_keeps_its_holes_and_its_content()
    {
        string layer = await _store.UnpackAsync(new TarMaker()
            .Pax(("GNU.sparse.major", "0"), ("GNU.sparse.minor", "1"), ("GNU.sparse.name", "hole"), ("GNU.sparse.size", "4000000"), ("GNU.sparse.numblocks", "1"), ("GNU.sparse.map", "1000000,3"))
            .File("x", "abc").End());
        var status = _store.StatusIn(layer, "hole")!.Value;
        Assert.Equal(4_000_000, status.Size);
        Assert.True(status.Blocks * 512 < 100_000, $"{status.Blocks} blocks");
        byte[] content = _store.BytesIn(layer, "hole");
        Assert.Equal("abc", Encoding.ASCII.GetString(content, 1_000_000, 3));
        Assert.Contains(Digest.OfSha256(content).Hex, _store.InventoryOf(layer), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tar_that_is_not_what_its_diff_id_says_is_refused()
    {
        var e = Assert.Throws<ImageException>(() => _store.Unpack(new TarMaker().File("a", "x").End(), null, Digest.OfSha256("other"u8)));
        Assert.Equal(ImageProblem.Corrupt, e.Problem);
        Assert.Empty(_store.Leftovers());
    }

    [Fact]
    public async Task Directories_that_the_layer_does_not_describe_look_as_they_do_beneath_it()
    {
        string lower = await _store.UnpackAsync(new TarMaker().Directory("tmp", 0x3ff, 3, 4).Directory("srv", 0x1c0, 5, 5).End());
        string layer = await _store.UnpackAsync(new TarMaker().File("tmp/x", "1").File("srv/deep/x", "1").End(), lower);
        Assert.Contains("-on-", layer, StringComparison.Ordinal);
        Assert.Equal((0x3ffu, 3u, 4u), (_store.StatusIn(layer, "tmp")!.Value.Mode, _store.StatusIn(layer, "tmp")!.Value.Uid, _store.StatusIn(layer, "tmp")!.Value.Gid));
        Assert.Equal(0x1c0u, _store.StatusIn(layer, "srv")!.Value.Mode);
        Assert.Equal(0x1edu, _store.StatusIn(layer, "srv/deep")!.Value.Mode);
    }

    [Fact]
    public async Task A_million_entries_are_unpacked()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SKERRY_LONG_TESTS") == "1", "takes a minute and a million inodes: set SKERRY_LONG_TESTS=1");
        string layer = await _store.UnpackAsync(Many(1_000_000));
        Assert.Equal(1_000_000, _store.Store.Layers.Read(layer)!.Meta.Entries);
    }

    [Fact]
    public async Task Twenty_thousand_replacements_of_directories_do_not_grow_costlier_each()
    {
        var tar = new TarMaker();
        for (int i = 0; i < 10_000; i++)
        {
            tar.Directory($"d{i}").File("d", "x").Directory("d");
        }

        string layer = await _store.UnpackAsync(tar.End());
        Assert.Equal(30_000, _store.Store.Layers.Read(layer)!.Meta.Entries);
    }

    private static byte[] Many(int count)
    {
        var tar = new TarMaker();
        for (int i = 0; i < count; i++)
        {
            tar.File($"d{i / 1000}/f{i}", "");
        }

        return tar.End();
    }

    private void Refused(params TarMaker[] tars)
    {
        foreach (var tar in tars)
        {
            var e = Assert.ThrowsAny<Exception>(() => _store.Unpack(tar.End()));
            Assert.True(e is ImageException { Problem: ImageProblem.Refused } or OciFormatException, e.ToString());
            Assert.Empty(_store.Leftovers());
        }
    }

    private void Unpacked(TarMaker tar)
    {
        var pending = _store.Unpack(tar.End());
        pending.Discard();
        Assert.Empty(_store.Leftovers());
    }
}
