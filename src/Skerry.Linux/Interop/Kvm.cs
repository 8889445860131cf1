using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>linux/kvm.h and asm/kvm.h of x86 (Documentation/virt/kvm/api.rst).</summary>
internal static unsafe partial class Kvm
{
    /// <summary>KVM_API_VERSION: it never changes again.</summary>
    internal const int ApiVersion = 12;

    internal const nuint KVM_GET_API_VERSION = 0xae00;
    internal const nuint KVM_CREATE_VM = 0xae01;
    internal const nuint KVM_GET_VCPU_MMAP_SIZE = 0xae04;
    internal const nuint KVM_GET_SUPPORTED_CPUID = 0xc008ae05;
    internal const nuint KVM_CREATE_VCPU = 0xae41;
    internal const nuint KVM_SET_USER_MEMORY_REGION = 0x4020ae46;
    internal const nuint KVM_RUN = 0xae80;
    internal const nuint KVM_SET_REGS = 0x4090ae82;
    internal const nuint KVM_GET_SREGS = 0x8138ae83;
    internal const nuint KVM_SET_SREGS = 0x4138ae84;
    internal const nuint KVM_SET_CPUID2 = 0x4008ae90;

    internal const uint KVM_EXIT_HLT = 5;

    /// <summary>struct kvm_cpuid2 has a head of 8 bytes and entries of this many.</summary>
    internal const int CpuidEntrySize = 40;

    [LibraryImport(Unistd.Libc, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Ioctl(int fd, nuint request, void* argument);

    [LibraryImport(Unistd.Libc, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Ioctl(int fd, nuint request, nint argument);

    /// <summary>struct kvm_userspace_memory_region.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct UserMemoryRegion
    {
        internal uint Slot;
        internal uint Flags;
        internal ulong GuestPhysicalAddress;
        internal ulong MemorySize;
        internal ulong UserspaceAddress;
    }

    /// <summary>struct kvm_regs.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Registers
    {
        internal ulong Rax;
        internal ulong Rbx;
        internal ulong Rcx;
        internal ulong Rdx;
        internal ulong Rsi;
        internal ulong Rdi;
        internal ulong Rsp;
        internal ulong Rbp;
        internal ulong R8;
        internal ulong R9;
        internal ulong R10;
        internal ulong R11;
        internal ulong R12;
        internal ulong R13;
        internal ulong R14;
        internal ulong R15;
        internal ulong Rip;
        internal ulong Rflags;
    }

    /// <summary>struct kvm_segment.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Segment
    {
        internal ulong Base;
        internal uint Limit;
        internal ushort Selector;
        internal byte Type;
        internal byte Present;
        internal byte Dpl;
        internal byte Db;
        internal byte S;
        internal byte L;
        internal byte G;
        internal byte Avl;
        internal byte Unusable;
        internal byte Padding;
    }

    /// <summary>struct kvm_dtable.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct DescriptorTable
    {
        internal ulong Base;
        internal ushort Limit;
        internal fixed ushort Padding[3];
    }

    /// <summary>struct kvm_sregs.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SystemRegisters
    {
        internal Segment Cs;
        internal Segment Ds;
        internal Segment Es;
        internal Segment Fs;
        internal Segment Gs;
        internal Segment Ss;
        internal Segment Tr;
        internal Segment Ldt;
        internal DescriptorTable Gdt;
        internal DescriptorTable Idt;
        internal ulong Cr0;
        internal ulong Cr2;
        internal ulong Cr3;
        internal ulong Cr4;
        internal ulong Cr8;
        internal ulong Efer;
        internal ulong ApicBase;
        internal fixed ulong InterruptBitmap[4];
    }

    /// <summary>The head of struct kvm_run.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Run
    {
        internal byte RequestInterruptWindow;
        internal byte ImmediateExit;
        internal fixed byte Padding[6];
        internal uint ExitReason;
    }
}
