using System.Buffers.Binary;
using System.Text;

namespace Skerry.Vmm.Tests.Machines;

/// <summary>
/// A kernel of some bytes for a machine that begins in long mode with its first memory mapped as it is (Linux' 64-bit boot protocol), or in protected
/// mode without paging (PVH): the code is the same in both. It says something on the first serial port, and then what <see cref="TinyKernelEnd"/> has.
/// </summary>
internal static class TinyKernel
{
    private const int Load = 0x100000;
    private const int Header = 64 + (2 * 56);
    private const int NoteLength = 20;

    /// <summary>An ELF of it.</summary>
    /// <param name="says">ASCII.</param>
    /// <param name="end">What comes then.</param>
    internal static byte[] Elf(string says, TinyKernelEnd end)
    {
        List<byte> code = [0x66, 0xba, 0xf8, 0x03]; // mov dx, 0x3f8
        foreach (var character in Encoding.ASCII.GetBytes(says))
        {
            code.AddRange([0xb0, character, 0xee]); // mov al, character; out dx, al
        }

        code.AddRange(end switch
        {
            TinyKernelEnd.Reset => [0xb0, 0xfe, 0xe6, 0x64, 0xf4], // mov al, 0xfe; out 0x64, al; hlt
            TinyKernelEnd.Off => [0xb0, 0x34, 0x66, 0xba, 0xc0, 0x03, 0xee, 0x66, 0xba, 0x00, 0x06, 0xee, 0xf4], // mov al, 5 << 2 | 1 << 5; mov dx, 0x3c0; out dx, al; mov dx, 0x600; out dx, al; hlt
            _ => [0xb9, 0x00, 0x20, 0x00, 0x00, 0xff, 0xc9, 0x75, 0xfc, 0xee, 0xeb, 0xf4], // 1: mov ecx, 8192; 2: dec ecx; jnz 2b; out dx, al; jmp 1b
        });
        var elf = new byte[Header + NoteLength + code.Count];
        byte[] identity = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        identity.CopyTo(elf, 0);
        Half(16, 2); // ET_EXEC
        Half(18, 62); // EM_X86_64
        Word(20, 1);
        Long(24, Load + Header + NoteLength); // entry
        Long(32, 64); // program headers
        Half(52, 64);
        Half(54, 56);
        Half(56, 2);
        Word(64, 1); // PT_LOAD
        Word(68, 7); // readable, writable, executable
        Long(80, Load);
        Long(88, Load);
        Long(96, elf.Length);
        Long(104, elf.Length);
        Long(112, 0x1000);
        Word(120, 4); // PT_NOTE
        Long(128, Header);
        Long(136, Load + Header);
        Long(144, Load + Header);
        Long(152, NoteLength);
        Long(160, NoteLength);
        Long(168, 4);
        Word(Header, 4); // XEN_ELFNOTE_PHYS32_ENTRY (xen/include/public/elfnote.h): the entry for PVH
        Word(Header + 4, 4);
        Word(Header + 8, 18);
        "Xen\0"u8.CopyTo(elf.AsSpan(Header + 12));
        Word(Header + 16, Load + Header + NoteLength);
        code.CopyTo(elf, Header + NoteLength);
        return elf;

        void Half(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(at), value);
        void Word(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(elf.AsSpan(at), value);
        void Long(int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(elf.AsSpan(at), value);
    }
}
