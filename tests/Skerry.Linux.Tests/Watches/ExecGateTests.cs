using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Skerry.Linux.Files;
using Skerry.Linux.Interop;
using Skerry.Linux.Mounts;
using Skerry.Linux.Watches;

namespace Skerry.Linux.Tests.Watches;

/// <summary>Programs on a file system of the test's own, executed by the real kernel while the gate says yes or no.</summary>
public sealed class ExecGateTests : IDisposable
{
    private readonly string _place = Directory.CreateTempSubdirectory("skerry-gate").FullName;
    private bool _isMounted;

    public void Dispose()
    {
        if (_isMounted)
        {
            MountTable.Detach(_place);
        }

        Directory.Delete(_place, recursive: true);
    }

    [Fact]
    public void What_is_refused_does_not_run_and_gets_EPERM_and_what_is_allowed_runs()
    {
        var (yes, no) = (Program("yes"), Program("no"));
        var asked = new List<(string Path, int Pid, ulong Inode)>();
        using var gate = new ExecGate(attempt =>
        {
            asked.Add((attempt.Path(), attempt.Pid, attempt.Stamp.Inode));
            return attempt.Path() != no;
        });
        Mark(gate, static (g, place) => g.MarkFileSystem(place));
        Assert.Equal(0, Run(yes));
        Assert.Equal(1, Assert.Throws<System.ComponentModel.Win32Exception>(() => Run(no)).NativeErrorCode);
        Assert.Contains(asked, a => a.Path == yes && a.Pid > 0 && a.Inode == FileCalls.Status(null, yes)!.Value.Inode);
    }

    [Fact]
    public void A_decision_that_fails_is_a_no_and_the_next_one_is_asked_for()
    {
        var program = Program("yes");
        var count = 0;
        using var gate = new ExecGate(_ => ++count > 1 ? true : throw new InvalidOperationException("broken"));
        Mark(gate, static (g, place) => g.MarkMount(place));
        Assert.Throws<System.ComponentModel.Win32Exception>(() => Run(program));
        Assert.Equal(0, Run(program));
    }

    [Fact]
    public void A_gate_that_is_gone_asks_no_more_and_its_thread_ends()
    {
        var program = Program("yes");
        var gate = new ExecGate(static _ => false);
        Mark(gate, static (g, place) => g.MarkFileSystem(place));
        Assert.Throws<System.ComponentModel.Win32Exception>(() => Run(program));
        gate.Dispose();
        Assert.Equal(0, Run(program));
    }

    [Fact]
    public void Structures_and_constants_are_the_kernels()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/clang"), "needs clang");
        var source = Path.Combine(_place, "probe.c");
        File.WriteAllText(source, """
            #include <stddef.h>
            #include <stdio.h>
            #include <linux/fanotify.h>
            #include <linux/fsverity.h>
            int main(void) {
              printf("%zu %zu %zu %zu %zu ", sizeof(struct fanotify_event_metadata), offsetof(struct fanotify_event_metadata, mask), offsetof(struct fanotify_event_metadata, fd),
                offsetof(struct fanotify_event_metadata, pid), sizeof(struct fanotify_response));
              printf("%d %d %d %d %d %d %d %d %d ", FAN_CLOEXEC, FAN_NONBLOCK, FAN_CLASS_CONTENT, FAN_UNLIMITED_QUEUE, FAN_UNLIMITED_MARKS, FAN_MARK_ADD, FAN_MARK_MOUNT, FAN_MARK_FILESYSTEM, FAN_OPEN_EXEC_PERM);
              printf("%d %d %d ", FAN_ALLOW, FAN_DENY, FANOTIFY_METADATA_VERSION);
              printf("%zu %zu %lu", sizeof(struct fsverity_enable_arg), offsetof(struct fsverity_enable_arg, sig_ptr), (unsigned long)FS_IOC_ENABLE_VERITY);
            }
            """);
        var program = Path.Combine(_place, "probe");
        using (var compiler = Process.Start("/usr/bin/clang", ["-o", program, source]))
        {
            compiler.WaitForExit();
            Assert.Equal(0, compiler.ExitCode);
        }

        using var probe = Process.Start(new ProcessStartInfo(program) { RedirectStandardOutput = true })!;
        var c = probe.StandardOutput.ReadToEnd();
        probe.WaitForExit();
        ulong[] ours =
        [
            Size<Fanotify.EventMetadata>(), At<Fanotify.EventMetadata>("Mask"), At<Fanotify.EventMetadata>("Descriptor"), At<Fanotify.EventMetadata>("Pid"), Size<Fanotify.Answer>(),
            Fanotify.FAN_CLOEXEC, Fanotify.FAN_NONBLOCK, Fanotify.FAN_CLASS_CONTENT, Fanotify.FAN_UNLIMITED_QUEUE, Fanotify.FAN_UNLIMITED_MARKS, Fanotify.FAN_MARK_ADD,
            Fanotify.FAN_MARK_MOUNT, Fanotify.FAN_MARK_FILESYSTEM, Fanotify.FAN_OPEN_EXEC_PERM, Fanotify.FAN_ALLOW, Fanotify.FAN_DENY, Fanotify.Version,
            Size<FsVerity.EnableArgument>(), At<FsVerity.EnableArgument>("Signature"), FsVerity.FS_IOC_ENABLE_VERITY,
        ];
        Assert.Equal(c, string.Join(' ', ours.Select(static o => o.ToString(CultureInfo.InvariantCulture))));
    }

    private static ulong Size<T>() => (ulong)Marshal.SizeOf<T>();

    private static ulong At<T>(string field) => (ulong)Marshal.OffsetOf<T>(field);

    private static int Run(string program)
    {
        using var process = Process.Start(new ProcessStartInfo(program) { UseShellExecute = false })!;
        process.WaitForExit();
        return process.ExitCode;
    }

    private void Mark(ExecGate gate, Action<ExecGate, FileDescriptor> mark)
    {
        using var place = FileCalls.Open(null, _place, OpenFlags.Path | OpenFlags.Directory);
        mark(gate, place);
    }

    private string Program(string name)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: a small file system is mounted and marked");
        Assert.SkipUnless(ExecGate.WhyNot() is null, ExecGate.WhyNot() ?? "");
        if (!_isMounted)
        {
            MountTable.Mount("tmpfs", _place, "tmpfs", MountTable.Options.NoSetuid, "size=16m");
            _isMounted = true;
        }

        var path = Path.Combine(_place, name);

        // By a child: what another test starts meanwhile would inherit the open file, and executing it be refused (ETXTBSY).
        using var copy = Process.Start("/bin/cp", ["/bin/true", path]);
        copy.WaitForExit();
        return path;
    }
}
