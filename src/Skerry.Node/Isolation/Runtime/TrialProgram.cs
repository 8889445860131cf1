using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Skerry.Node.Isolation.Runtime;

/// <summary>
/// The program of a trial container: a static ELF of two headers and nine instructions, so that a trial needs nothing of
/// the machine. It calls clone3 with no arguments; the node's seccomp profile answers ENOSYS where the kernel alone
/// would say EINVAL, so exit code 0 says that the filter is in force, and 77 that it is not.
/// </summary>
internal static class TrialProgram
{
    /// <summary>The filter was not in force.</summary>
    public const int Unfiltered = 77;

    // mov $435,%eax; xor %edi,%edi; xor %esi,%esi; syscall; mov $77,%edi; cmp $-38,%rax; jne 1f; xor %edi,%edi; 1: mov $60,%eax; syscall
    private static ReadOnlySpan<byte> X8664 =>
    [
        0xb8, 0xb3, 0x01, 0x00, 0x00, 0x31, 0xff, 0x31, 0xf6, 0x0f, 0x05, 0xbf, 0x4d, 0x00, 0x00, 0x00,
        0x48, 0x83, 0xf8, 0xda, 0x75, 0x02, 0x31, 0xff, 0xb8, 0x3c, 0x00, 0x00, 0x00, 0x0f, 0x05,
    ];

    // mov x0,#0; mov x1,#0; mov x8,#435; svc #0; mov x1,#77; cmn x0,#38; csel x0,xzr,x1,eq; mov x8,#93; svc #0
    private static ReadOnlySpan<byte> Aarch64 =>
    [
        0x00, 0x00, 0x80, 0xd2, 0x01, 0x00, 0x80, 0xd2, 0x68, 0x36, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4, 0xa1, 0x09, 0x80, 0xd2,
        0x1f, 0x98, 0x00, 0xb1, 0xe0, 0x03, 0x81, 0x9a, 0xa8, 0x0b, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4,
    ];

    /// <summary>The ELF file (elf(5)) for this machine.</summary>
    public static byte[] Build() => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Elf(183, Aarch64) : Elf(62, X8664);

    private static byte[] Elf(ushort machine, ReadOnlySpan<byte> code)
    {
        const int Headers = 64 + 56;
        const ulong Base = 0x400000;
        var file = new byte[Headers + code.Length];
        ReadOnlySpan<byte> ident = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]; // 64 bit, little-endian, version 1
        ident.CopyTo(file);
        Half(16, 2); // ET_EXEC
        Half(18, machine);
        Word(20, 1);
        Long(24, Base + Headers); // e_entry
        Long(32, 64); // e_phoff
        Half(52, 64); // e_ehsize
        Half(54, 56); // e_phentsize
        Half(56, 1); // e_phnum
        Word(64, 1); // PT_LOAD
        Word(68, 5); // PF_R | PF_X
        Long(80, Base);
        Long(88, Base);
        Long(96, (ulong)file.Length);
        Long(104, (ulong)file.Length);
        Long(112, 0x10000);
        code.CopyTo(file.AsSpan(Headers));
        return file;

        void Half(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);
        void Word(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);
        void Long(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);
    }
}
