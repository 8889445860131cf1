using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Skerry.Contracts.Guest.V1;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// The container that a machine runs before it waits for its pod, so that the code is translated which the pod's own needs: what a container of an
/// image has, with a program that says one line. Its image is made here and holds nothing of anybody.
/// </summary>
internal static class Rehearsal
{
    private const string Program = "rehearsal";
    private const string Name = "rehearsal";
    private const ulong Base = 0x400000;
    private const int HeaderSize = 64; // Elf64_Ehdr, elf(5)
    private const int SegmentSize = 56; // Elf64_Phdr
    private const int PageSize = 4096;

    /// <summary>Pages that it reads of its file, as programs do: the guest fetches them from the disk.</summary>
    private const int Pages = 64;
    private static readonly byte[] s_line = "rehearsed\n"u8.ToArray();
    private static readonly string[] s_directories = ["dev", "etc", "proc", "run", "sys", "tmp"];

    // A byte of each page is read; write(1, line, 10); exit_group(0). In the words of each processor; the line lies behind.
    private static readonly byte[] s_x64 =
    [
        0xBE, 0, 0, 0x40, 0, 0xB9, Pages, 0, 0, 0, 0x8A, 0x06, 0x48, 0x81, 0xC6, 0, 0x10, 0, 0, 0xFF, 0xC9, 0x75, 0xF3,
        0xB8, 1, 0, 0, 0, 0xBF, 1, 0, 0, 0, 0x48, 0x8D, 0x35, 16, 0, 0, 0, 0xBA, 10, 0, 0, 0, 0x0F, 0x05,
        0xB8, 231, 0, 0, 0, 0x31, 0xFF, 0x0F, 0x05,
    ];

    private static readonly uint[] s_arm64 =
    [
        0xD2A00801, 0xD2800002 | (Pages << 5), 0x39400023, 0x91400421, 0xF1000442, 0x54FFFFA1,
        0xD2800808, 0xD2800020, 0x100000C1, 0xD2800142, 0xD4000001, 0xD2800BC8, 0xD2800000, 0xD4000001,
    ];

    /// <summary>Makes the directory of its image.</summary>
    internal static void Make(string directory)
    {
        foreach (var name in s_directories)
        {
            Directory.CreateDirectory(Path.Combine(directory, name));
        }

        var file = Path.Combine(directory, Program);
        File.WriteAllBytes(file, Executable(RuntimeInformation.ProcessArchitecture));
        File.SetUnixFileMode(file, (UnixFileMode)0x1ED /* 0755 */);
    }

    /// <summary>What the guest is told of it.</summary>
    /// <param name="ground">What its plan stands on.</param>
    /// <param name="id">64 hex digits.</param>
    /// <param name="ids">The machine's ids.</param>
    internal static StreamStart Start(JailGround ground, string id, IdRange ids)
    {
        var plan = ground.Plan(id, id, "/", ids, new Jail { Name = Name, Arguments = ["/" + Program], MemoryBytes = 64 << 20, Pids = 64 });
        var root = new GuestRoot { Writable = ParkedMachine.WritableSerial(0), Layers = { ParkedMachine.LayerSerial(0) } };
        root.Files.Add(new GuestFile { Path = "/etc/hostname", Content = ByteString.CopyFromUtf8(Name + "\n"), Mode = 0x1A4 /* 0644 */ });
        return new StreamStart { Container = id, Document = ByteString.CopyFrom(OciSpec.Write(plan)), Root = root };
    }

    /// <summary>The program: one segment with code and line.</summary>
    /// <exception cref="PlatformNotSupportedException">Guests of this processor are not known.</exception>
    internal static byte[] Executable(Architecture processor)
    {
        byte[] code = processor switch
        {
            Architecture.X64 => [.. s_x64, .. s_line],
            Architecture.Arm64 => [.. s_arm64.SelectMany(BitConverter.GetBytes), .. s_line],
            _ => throw new PlatformNotSupportedException(processor.ToString()),
        };
        const int Start = HeaderSize + SegmentSize;
        var file = new byte[Pages * PageSize];
        var span = file.AsSpan();
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(span);
        U16(16, 2); // ET_EXEC
        U16(18, processor == Architecture.X64 ? (ushort)62 : (ushort)183); // EM_X86_64, EM_AARCH64
        U32(20, 1); // EV_CURRENT
        U64(24, Base + Start);
        U64(32, HeaderSize);
        U16(52, HeaderSize);
        U16(54, SegmentSize);
        U16(56, 1);
        U32(HeaderSize, 1); // PT_LOAD
        U32(HeaderSize + 4, 5); // PF_R | PF_X
        U64(HeaderSize + 16, Base);
        U64(HeaderSize + 24, Base);
        U64(HeaderSize + 32, (ulong)file.Length);
        U64(HeaderSize + 40, (ulong)file.Length);
        U64(HeaderSize + 48, PageSize);
        code.CopyTo(file, Start);
        return file;

        void U16(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);
        void U32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);
        void U64(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);
    }
}
