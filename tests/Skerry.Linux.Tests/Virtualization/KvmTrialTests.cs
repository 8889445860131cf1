using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Skerry.Linux.Interop;
using Skerry.Linux.Virtualization;

namespace Skerry.Linux.Tests.Virtualization;

/// <summary>The guest that judges /dev/kvm.</summary>
public sealed class KvmTrialTests
{
    [Fact]
    public void A_guest_in_kernel_mode_runs_and_is_measured()
    {
        Assert.SkipUnless(KvmTrial.IsSupported, "the guest program is x86-64's");
        Assert.SkipUnless(File.Exists("/dev/kvm") && Environment.IsPrivilegedProcess, "needs /dev/kvm");
        var speed = KvmTrial.InstructionsPerSecond();
        TestContext.Current.TestOutputHelper?.WriteLine($"{speed} instructions a second");
        Assert.InRange(speed, 10_000, 100_000_000_000);
    }

    [Fact]
    public void A_device_that_is_not_there_or_is_another_is_an_error_that_names_the_step()
    {
        Assert.SkipUnless(KvmTrial.IsSupported, "the guest program is x86-64's");
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(static () => KvmTrial.InstructionsPerSecond("/dev/no-kvm")).Error);
        Assert.Contains("KVM_GET_API_VERSION", Assert.Throws<LinuxException>(static () => KvmTrial.InstructionsPerSecond("/dev/null")).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-40")]
    public void Structures_of_kvm_have_the_sizes_and_offsets_of_the_kernel_headers()
    {
        Assert.SkipUnless(KvmTrial.IsSupported, "the structures are x86's");
        Assert.SkipUnless(File.Exists("/usr/bin/clang"), "clang is not installed: structures cannot be compared with the headers");
        var directory = Directory.CreateTempSubdirectory("skerry-kvm-").FullName;
        try
        {
            var source = Path.Combine(directory, "probe.c");
            File.WriteAllText(source, """
                #include <stddef.h>
                #include <stdio.h>
                #include <linux/kvm.h>
                int main(void) {
                  printf("%zu %zu %zu %zu %zu %zu ", sizeof(struct kvm_userspace_memory_region), sizeof(struct kvm_regs), offsetof(struct kvm_regs, rip),
                    sizeof(struct kvm_segment), sizeof(struct kvm_sregs), offsetof(struct kvm_sregs, efer));
                  printf("%zu %zu ", offsetof(struct kvm_run, exit_reason), sizeof(struct kvm_cpuid_entry2));
                  printf("%lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu", (unsigned long)KVM_GET_API_VERSION, (unsigned long)KVM_CREATE_VM, (unsigned long)KVM_GET_VCPU_MMAP_SIZE,
                    (unsigned long)KVM_GET_SUPPORTED_CPUID, (unsigned long)KVM_CREATE_VCPU, (unsigned long)KVM_SET_USER_MEMORY_REGION, (unsigned long)KVM_RUN,
                    (unsigned long)KVM_SET_REGS, (unsigned long)KVM_GET_SREGS, (unsigned long)KVM_SET_SREGS, (unsigned long)KVM_SET_CPUID2);
                }
                """);
            var program = Path.Combine(directory, "probe");
            using (var compiler = Process.Start("/usr/bin/clang", ["-o", program, source]))
            {
                compiler.WaitForExit();
                Assert.Equal(0, compiler.ExitCode);
            }

            using var probe = Process.Start(new ProcessStartInfo(program) { RedirectStandardOutput = true })!;
            var c = probe.StandardOutput.ReadToEnd();
            probe.WaitForExit();
            long[] ours =
            [
                Marshal.SizeOf<Kvm.UserMemoryRegion>(), Marshal.SizeOf<Kvm.Registers>(), At<Kvm.Registers>("Rip"), Marshal.SizeOf<Kvm.Segment>(), Marshal.SizeOf<Kvm.SystemRegisters>(),
                At<Kvm.SystemRegisters>("Efer"), At<Kvm.Run>("ExitReason"), Kvm.CpuidEntrySize,
                (long)Kvm.KVM_GET_API_VERSION, (long)Kvm.KVM_CREATE_VM, (long)Kvm.KVM_GET_VCPU_MMAP_SIZE, (long)Kvm.KVM_GET_SUPPORTED_CPUID, (long)Kvm.KVM_CREATE_VCPU,
                (long)Kvm.KVM_SET_USER_MEMORY_REGION, (long)Kvm.KVM_RUN, (long)Kvm.KVM_SET_REGS, (long)Kvm.KVM_GET_SREGS, (long)Kvm.KVM_SET_SREGS, (long)Kvm.KVM_SET_CPUID2,
            ];
            Assert.Equal(c, string.Join(' ', ours.Select(static o => o.ToString(CultureInfo.InvariantCulture))));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static int At<T>(string field) => (int)Marshal.OffsetOf<T>(field);
}
