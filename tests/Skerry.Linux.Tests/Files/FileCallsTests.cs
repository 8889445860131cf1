using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Skerry.Linux.Files;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Tests.Files;

public sealed class FileCallsTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("images-files-").FullName;
    private readonly FileDescriptor _root;

    public FileCallsTests() => _root = FileCalls.Open(null, _path, OpenFlags.Read | OpenFlags.Directory);

    public void Dispose()
    {
        _root.Dispose();
        using var parent = FileCalls.Open(null, Path.GetDirectoryName(_path)!, OpenFlags.Read | OpenFlags.Directory);
        TreeRemoval.Remove(parent, Path.GetFileName(_path));
    }

    [Fact]
    public void A_copy_has_the_content_and_no_room_is_taken_where_there_is_none()
    {
        using var from = FileCalls.Open(_root, "from", OpenFlags.ReadWrite | OpenFlags.Create, 0x180);
        using var to = FileCalls.Open(_root, "to", OpenFlags.ReadWrite | OpenFlags.Create, 0x180);
        FileCalls.SetLength(from, 1L << 30);
        FileCalls.Write(from, "first"u8, 0, "from");
        FileCalls.Write(from, "far"u8, 1 << 29, "from");
        FileCalls.CopySparse(from, to);
        var status = FileCalls.Status(to);
        Assert.Equal(1L << 30, status.Size);
        Assert.InRange(status.Blocks * 512, 1, 1 << 20);
        var read = new byte[3];
        Assert.Equal(3, FileCalls.Read(to, read, 1 << 29, "to"));
        Assert.Equal("far"u8.ToArray(), read);
        Assert.Equal(3, FileCalls.Read(to, read, 0, "to"));
        Assert.Equal("fir"u8.ToArray(), read);
    }

    [Fact]
    public void A_path_beneath_the_root_opens()
    {
        FileCalls.MakeDirectory(_root, "a", 0x1ed);
        var (opened, error) = FileCalls.OpenBeneath(_root, "a", OpenFlags.Path | OpenFlags.Directory);
        Assert.Equal(Errno.None, error);
        opened!.Dispose();
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/../..")]
    [InlineData("/etc")]
    public void A_path_that_leaves_the_root_is_refused_beneath_it(string path)
    {
        FileCalls.MakeDirectory(_root, "a", 0x1ed);
        Assert.Equal(Errno.EXDEV, FileCalls.OpenBeneath(_root, path, OpenFlags.Path).Error);
    }

    [Fact]
    public void A_symbolic_link_stays_inside_the_root()
    {
        FileCalls.MakeDirectory(_root, "etc", 0x1ed);
        FileCalls.MakeSymlink(_root, "out", "/../../etc");
        var (opened, error) = FileCalls.OpenInRoot(_root, "out", OpenFlags.Path | OpenFlags.Directory);
        using (opened)
        {
            Assert.Equal(Errno.None, error);
            Assert.Equal(_path + "/etc", FileCalls.ReadSymlink(null, opened!.ProcPath));
        }

        Assert.Equal(Errno.ELOOP, FileCalls.OpenBeneath(_root, "out", OpenFlags.Path | OpenFlags.Directory).Error);
    }

    [Fact]
    public void A_name_with_nul_is_refused_before_the_kernel_sees_a_part_of_it() =>
        Assert.Throws<LinuxException>(() => FileCalls.MakeDirectory(_root, "a\0b", 0x1ed));

    [Fact]
    public void A_name_that_is_no_utf8_comes_back_byte_for_byte()
    {
        string name = FileText.Decode([0x61, 0xff, 0xfe, 0xc3, 0xa9]);
        FileCalls.MakeDirectory(_root, name, 0x1ed);
        Assert.Equal(name, Assert.Single(FileCalls.Entries(_root)).Name);
    }

    [Fact]
    public void A_tree_deeper_than_the_open_files_limit_is_removed_and_a_link_in_it_is_not_followed()
    {
        File.WriteAllText(Path.Combine(_path, "canary"), "alive");
        FileCalls.MakeDirectory(_root, "deep", 0x1ed);
        var at = FileCalls.Open(_root, "deep", OpenFlags.Read | OpenFlags.Directory);
        for (int i = 0; i < 3000; i++)
        {
            FileCalls.MakeDirectory(at, "d", 0x1ed);
            FileCalls.MakeSymlink(at, "out", _path);
            var next = FileCalls.Open(at, "d", OpenFlags.Read | OpenFlags.Directory);
            at.Dispose();
            at = next;
        }

        at.Dispose();
        Assert.True(TreeRemoval.Remove(_root, "deep"));
        Assert.Equal("canary", Assert.Single(FileCalls.Entries(_root)).Name);
    }

    [Fact]
    public void Status_tells_what_was_set()
    {
        using (var file = FileCalls.Open(_root, "f", OpenFlags.Write | OpenFlags.Create | OpenFlags.Exclusive, 0x180))
        {
            FileCalls.Write(file, "hello"u8, 0, "f");
            FileCalls.SetMode(file, 0xfc0);
            FileCalls.SetModified(file, -5, 7);
        }

        var status = FileCalls.Status(_root, "f")!.Value;
        Assert.Equal((FileKind.Regular, 0xfc0u, 5L, -5L, 7u), (status.Kind, status.Mode, status.Size, status.ModifiedSeconds, status.ModifiedNanoseconds));
        Assert.Null(FileCalls.Status(_root, "absent"));
    }

    [Fact]
    public void An_extended_attribute_of_a_file_comes_back()
    {
        using (FileCalls.Open(_root, "f", OpenFlags.Write | OpenFlags.Create, 0x180))
        {
        }

        FileCalls.SetXattr(_root, "f", "user.note", [1, 0, 2]);
        Assert.Equal([1, 0, 2], FileCalls.GetXattr(_root, "f", "user.note"));
        Assert.Contains("user.note", FileCalls.ListXattrs(_root, "f"));
        Assert.Null(FileCalls.GetXattr(_root, "f", "user.absent"));
    }

    [Fact]
    public void A_lock_is_held_by_one_open_file_only()
    {
        using var first = FileCalls.Open(_root, "lock", OpenFlags.ReadWrite | OpenFlags.Create, 0x180);
        using var second = FileCalls.Open(_root, "lock", OpenFlags.ReadWrite | OpenFlags.Create, 0x180);
        Assert.True(FileCalls.TryLock(first));
        Assert.False(FileCalls.TryLock(second));
    }

    [Fact]
    public void Structures_have_the_sizes_and_offsets_of_the_kernel_headers()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/clang"), "clang is not installed: structures cannot be compared with the headers");
        string source = Path.Combine(_path, "probe.c");
        File.WriteAllText(source, """
            #define _GNU_SOURCE
            #include <stddef.h>
            #include <stdio.h>
            #include <sys/stat.h>
            #include <sys/vfs.h>
            #include <linux/openat2.h>
            int main(void) {
              printf("%zu %zu %zu %zu %zu %zu %zu ", sizeof(struct statx), offsetof(struct statx, stx_mode), offsetof(struct statx, stx_ino),
                offsetof(struct statx, stx_mtime), offsetof(struct statx, stx_rdev_major), offsetof(struct statx, stx_dev_minor), offsetof(struct statx, stx_dev_minor) + 4);
              printf("%zu %zu %zu %zu %zu", sizeof(struct statfs), offsetof(struct statfs, f_bavail), offsetof(struct statfs, f_frsize), sizeof(struct open_how), offsetof(struct open_how, resolve));
            }
            """);
        string program = Path.Combine(_path, "probe");
        using (var compiler = Process.Start("/usr/bin/clang", ["-o", program, source]))
        {
            compiler.WaitForExit();
            Assert.Equal(0, compiler.ExitCode);
        }

        using var probe = Process.Start(new ProcessStartInfo(program) { RedirectStandardOutput = true })!;
        string c = probe.StandardOutput.ReadToEnd();
        probe.WaitForExit();
        int[] ours =
        [
            Marshal.SizeOf<Stat.Statx>(), At<Stat.Statx>("Mode"), At<Stat.Statx>("Inode"), At<Stat.Statx>("ModifyTime"), At<Stat.Statx>("RdevMajor"), At<Stat.Statx>("DevMinor"), At<Stat.Statx>("MountId"),
            Marshal.SizeOf<Statfs.StatfsBuffer>(), At<Statfs.StatfsBuffer>("BlocksAvailable"), At<Statfs.StatfsBuffer>("FragmentSize"), Marshal.SizeOf<OpenAt2.OpenHow>(), At<OpenAt2.OpenHow>("Resolve"),
        ];
        Assert.Equal(c, string.Join(' ', ours.Select(o => o.ToString(CultureInfo.InvariantCulture))));
    }

    private static int At<T>(string field) => (int)Marshal.OffsetOf<T>(field);
}
