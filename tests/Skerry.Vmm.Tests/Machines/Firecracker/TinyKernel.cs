using System.Buffers.Binary;
using System.Text;

namespace Skerry.Vmm.Tests.Machines.Firecracker;

/// <summary>
/// A kernel of some bytes for a machine that begins in long mode with its first memory mapped as it is (the kernel's 64-bit boot protocol): it says
/// something on the first serial port, and then resets the machine by the keyboard's controller, or runs on.
/// </summary>
internal static class TinyKernel
{
    private const int Load = 0x100000;
    private const int Header = 64 + 56;

    /// <summary>An ELF of it.</summary>
    /// <param name="says">ASCII.</param>
    /// <param name="ends">It resets the machine; else it repeats the last character for ever, with long pauses.</param>
    internal static byte[] Elf(string says, bool ends)
    {
        List<byte> code = [0x66, 0xba, 0xf8, 0x03]; // mov dx, 0x3f8
        foreach (var character in Encoding.ASCII.GetBytes(says))
        {
            code.AddRange([0xb0, character, 0xee]); // mov al, character; out dx, al
        }

        code.AddRange(ends
            ? [0xb0, 0xfe, 0xe6, 0x64, 0xf4] // mov al, 0xfe; out 0x64, al; hlt
            : [0xb9, 0x00, 0x20, 0x00, 0x00, 0xff, 0xc9, 0x75, 0xfc, 0xee, 0xeb, 0xf4]); // 1: mov ecx, 8192; 2: dec ecx; jnz 2b; out dx, al; jmp 1b
        var elf = new byte[Header + code.Count];
        byte[] identity = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        identity.CopyTo(elf, 0);
        Half(16, 2); // ET_EXEC
        Half(18, 62); // EM_X86_64
        Word(20, 1);
        Long(24, Load + Header); // entry
        Long(32, 64); // program headers
        Half(52, 64);
        Half(54, 56);
        Half(56, 1);
        Word(64, 1); // PT_LOAD
        Word(68, 7); // readable, writable, executable
        Long(80, Load);
        Long(88, Load);
        Long(96, elf.Length);
        Long(104, elf.Length);
        Long(112, 0x1000);
        code.CopyTo(elf, Header);
        return elf;

        void Half(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(at), value);
        void Word(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(elf.AsSpan(at), value);
        void Long(int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(elf.AsSpan(at), value);
    }
}
