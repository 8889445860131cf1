using System.Runtime.InteropServices;
using Skerry.Linux.Bpf;

namespace Skerry.Linux.Tests.Bpf;

/// <summary>The programs for security hooks on the running kernel, which may not have it.</summary>
public sealed class RefusalProgramsTests
{
    [Fact]
    [Trait("Promise", "P-171")]
    public void A_kernel_takes_all_programs_into_its_hooks_or_says_what_it_did_not()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "loading programs into the kernel needs root");
        Assert.SkipUnless(NativeLibrary.TryLoad("libbpf.so.1", out _), "libbpf1 is not installed");
        try
        {
            var acts = RefusalPrograms.Try(Bytes());
            Assert.True(acts.HasFlag(BoundFlags.KillsDrift | BoundFlags.KillsNameless | BoundFlags.DeniesScripts | BoundFlags.DeniesMounts | BoundFlags.DeniesBpf | BoundFlags.DeniesPackets), $"{acts}");
        }
        catch (BpfException error)
        {
            Assert.Matches("^security hooks, (load|attach [a-z_]+): .*(EPERM|EACCES|EINVAL|ESRCH|EBUSY)", error.Message);
        }
    }

    [Fact]
    [Trait("Promise", "P-171")]
    public void What_is_no_program_is_refused_and_nothing_is_left_beside_the_warden()
    {
        Assert.SkipUnless(NativeLibrary.TryLoad("libbpf.so.1", out _), "libbpf1 is not installed");
        var warden = Directory.CreateTempSubdirectory("skerry-refusals-").FullName;
        try
        {
            Assert.Contains("security hooks, open", Assert.Throws<BpfException>(() => RefusalPrograms.Pin("no program"u8, warden)).Message, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFileSystemEntries(warden));
            Assert.Equal(BoundFlags.None, RefusalPrograms.In(warden));
        }
        finally
        {
            Directory.Delete(warden, recursive: true);
        }
    }

    [Fact]
    public void What_is_pinned_says_what_is_refused_once_it_is_whole()
    {
        var warden = Directory.CreateTempSubdirectory("skerry-refusals-").FullName;
        try
        {
            var place = Directory.CreateDirectory(Path.Combine(warden, "lsm")).FullName;
            foreach (var name in (string[])["lsm_start", "lsm_bpf", "lsm_socket"])
            {
                File.WriteAllText(Path.Combine(place, name), string.Empty);
            }

            Assert.Equal(BoundFlags.None, RefusalPrograms.In(warden));
            Directory.CreateDirectory(Path.Combine(place, "complete"));
            Assert.Equal(BoundFlags.KillsDrift | BoundFlags.KillsNameless | BoundFlags.DeniesPrograms | BoundFlags.DeniesPackets, RefusalPrograms.In(warden));
        }
        finally
        {
            Directory.Delete(warden, recursive: true);
        }
    }

    private static byte[] Bytes()
    {
        using var resource = typeof(RefusalProgramsTests).Assembly.GetManifestResourceStream("lsm.bpf.o")!;
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }
}
