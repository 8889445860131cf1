using System.Diagnostics;
using System.Runtime.InteropServices;
using Skerry.Linux.Files;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Virtualization;

/// <summary>
/// Finds out whether /dev/kvm runs a kernel, by being one: a virtual processor in long mode and ring 0, with page tables of its own, reads
/// a control register (only ring 0 may), writes memory and counts. How fast it counts tells hardware from an emulation: the device file,
/// the API and even a virtual machine that can be made say nothing about it.
/// </summary>
/// <remarks>
/// A kernel that emulates may spin in KVM_RUN for as long as it likes: whoever must not wait runs this in a process that can be killed.
/// </remarks>
public static unsafe class KvmTrial
{
    private const int MemorySize = 64 * 1024;
    private const int FirstTable = 0x1000;
    private const int SecondTable = 0x2000;
    private const int ThirdTable = 0x3000;
    private const int CodeAddress = 0x4000;
    private const int SeenAddress = 0x5000;
    private const int InstructionsPerRound = 2;
    private const int MostCpuidEntries = 256;
    private const ulong ControlRegister0 = 0x80050033; // PE MP ET NE WP AM PG
    private const ulong PhysicalAddressExtension = 0x20; // CR4.PAE
    private const ulong LongMode = 0x500; // EFER.LME, EFER.LMA

    /// <summary>Whether this kind of processor can be tried: the guest program is x86-64's.</summary>
    public static bool IsSupported => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    // mov %cr0,%rax; mov %rax,0x5000; 1: dec %rcx; jnz 1b; hlt
    private static ReadOnlySpan<byte> Code => [0x0f, 0x20, 0xc0, 0x48, 0x89, 0x04, 0x25, 0x00, 0x50, 0x00, 0x00, 0x48, 0xff, 0xc9, 0x75, 0xfb, 0xf4];

    /// <summary>
    /// Instructions that a guest's kernel mode executes in a second.
    /// <list type="number">
    /// <item>Open the device and make a virtual machine.</item>
    /// <item>Give it memory with page tables and the program.</item>
    /// <item>Make a virtual processor with this machine's features, and put it into long mode.</item>
    /// <item>Run, as often as it takes to know its pace.</item>
    /// </list>
    /// </summary>
    /// <param name="device">The device.</param>
    /// <exception cref="LinuxException">A step was refused.</exception>
    /// <exception cref="IOException">The guest did not do what it should.</exception>
    public static long InstructionsPerSecond(string device = "/dev/kvm")
    {
        // 1. machine
        using var kvm = FileCalls.Open(null, device, OpenFlags.ReadWrite);
        var version = LinuxException.ThrowIfFailed(Kvm.Ioctl(kvm.Number, Kvm.KVM_GET_API_VERSION, 0), "ioctl", "KVM_GET_API_VERSION");
        if (version != Kvm.ApiVersion)
        {
            throw new IOException($"{device} speaks version {version} of the interface, not {Kvm.ApiVersion}");
        }

        using var machine = new FileDescriptor(LinuxException.ThrowIfFailed(Kvm.Ioctl(kvm.Number, Kvm.KVM_CREATE_VM, 0), "ioctl", "KVM_CREATE_VM"));

        // 2. memory
        var memory = Map(MemorySize, MemoryMap.MAP_PRIVATE | MemoryMap.MAP_ANONYMOUS, -1);
        try
        {
            Fill(new Span<byte>(memory, MemorySize));
            var region = new Kvm.UserMemoryRegion { MemorySize = MemorySize, UserspaceAddress = (ulong)memory };
            LinuxException.ThrowIfFailed(Kvm.Ioctl(machine.Number, Kvm.KVM_SET_USER_MEMORY_REGION, &region), "ioctl", "KVM_SET_USER_MEMORY_REGION");

            // 3. processor
            using var processor = new FileDescriptor(LinuxException.ThrowIfFailed(Kvm.Ioctl(machine.Number, Kvm.KVM_CREATE_VCPU, 0), "ioctl", "KVM_CREATE_VCPU"));
            EnterLongMode(kvm, processor);
            var runSize = LinuxException.ThrowIfFailed(Kvm.Ioctl(kvm.Number, Kvm.KVM_GET_VCPU_MMAP_SIZE, 0), "ioctl", "KVM_GET_VCPU_MMAP_SIZE");
            var run = (Kvm.Run*)Map((nuint)runSize, MemoryMap.MAP_SHARED, processor.Number);
            try
            {
                // 4. run
                return (long)(GuestPace.RoundsPerSecond(rounds => Count(processor, run, (ulong*)((byte*)memory + SeenAddress), rounds)) * InstructionsPerRound);
            }
            finally
            {
                _ = MemoryMap.Unmap(run, (nuint)runSize);
            }
        }
        finally
        {
            _ = MemoryMap.Unmap(memory, MemorySize);
        }
    }

    private static TimeSpan Count(FileDescriptor processor, Kvm.Run* run, ulong* seen, ulong rounds)
    {
        var registers = new Kvm.Registers { Rip = CodeAddress, Rcx = rounds, Rflags = 2 };
        LinuxException.ThrowIfFailed(Kvm.Ioctl(processor.Number, Kvm.KVM_SET_REGS, &registers), "ioctl", "KVM_SET_REGS");
        var began = Stopwatch.GetTimestamp();
        int result;
        do
        {
            result = Kvm.Ioctl(processor.Number, Kvm.KVM_RUN, 0);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == (int)Errno.EINTR);
        LinuxException.ThrowIfFailed(result, "ioctl", "KVM_RUN");
        var took = Stopwatch.GetElapsedTime(began);
        if (run->ExitReason != Kvm.KVM_EXIT_HLT)
        {
            throw new IOException($"a guest in kernel mode ended with KVM exit reason {run->ExitReason}, not with its halt (linux/kvm.h, KVM_EXIT_*)");
        }

        return *seen == ControlRegister0
            ? took
            : throw new IOException($"a guest in kernel mode read {*seen:x} from its control register 0, which holds {ControlRegister0:x}");
    }

    /// <summary>Three levels of page tables that show the first 2 MiB at their own addresses, and the program.</summary>
    private static void Fill(Span<byte> memory)
    {
        const ulong PresentWritable = 3;
        const ulong LargePage = 0x80;
        var entries = MemoryMarshal.Cast<byte, ulong>(memory);
        entries[FirstTable / sizeof(ulong)] = SecondTable | PresentWritable;
        entries[SecondTable / sizeof(ulong)] = ThirdTable | PresentWritable;
        entries[ThirdTable / sizeof(ulong)] = LargePage | PresentWritable;
        Code.CopyTo(memory[CodeAddress..]);
    }

    private static void EnterLongMode(FileDescriptor kvm, FileDescriptor processor)
    {
        var features = stackalloc byte[8 + (MostCpuidEntries * Kvm.CpuidEntrySize)];
        *(uint*)features = MostCpuidEntries;
        LinuxException.ThrowIfFailed(Kvm.Ioctl(kvm.Number, Kvm.KVM_GET_SUPPORTED_CPUID, features), "ioctl", "KVM_GET_SUPPORTED_CPUID");
        LinuxException.ThrowIfFailed(Kvm.Ioctl(processor.Number, Kvm.KVM_SET_CPUID2, features), "ioctl", "KVM_SET_CPUID2");
        var system = default(Kvm.SystemRegisters);
        LinuxException.ThrowIfFailed(Kvm.Ioctl(processor.Number, Kvm.KVM_GET_SREGS, &system), "ioctl", "KVM_GET_SREGS");
        const byte CodeSegment = 11; // execute, read, accessed
        const byte DataSegment = 3; // read, write, accessed
        system.Cs = new Kvm.Segment { Limit = uint.MaxValue, Selector = 8, Type = CodeSegment, Present = 1, S = 1, L = 1, G = 1 };
        var data = new Kvm.Segment { Limit = uint.MaxValue, Selector = 16, Type = DataSegment, Present = 1, S = 1, Db = 1, G = 1 };
        (system.Ds, system.Es, system.Fs, system.Gs, system.Ss) = (data, data, data, data, data);
        system.Cr0 = ControlRegister0;
        system.Cr3 = FirstTable;
        system.Cr4 = PhysicalAddressExtension;
        system.Efer = LongMode;
        LinuxException.ThrowIfFailed(Kvm.Ioctl(processor.Number, Kvm.KVM_SET_SREGS, &system), "ioctl", "KVM_SET_SREGS");
    }

    private static void* Map(nuint length, int flags, int fd)
    {
        var mapped = MemoryMap.Map(null, length, MemoryMap.PROT_READ | MemoryMap.PROT_WRITE, flags, fd, 0);
        return mapped != MemoryMap.Failed ? mapped : throw LinuxException.Last("mmap", fd < 0 ? "the memory of a guest" : "KVM_RUN");
    }
}
