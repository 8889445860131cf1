using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Skerry.Linux;
using Skerry.Linux.Processes;

namespace Skerry.Node.Isolation.Unikernel;

/// <summary>
/// Finds out whether Firecracker runs guests here, by running one of the node's own: some millions of instructions, then a reset. It needs KVM, and of
/// that the device file says little: some machines have one that runs kernels at a thousandth of the speed.
/// </summary>
internal static class FirecrackerTrial
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    /// <summary>Tries.</summary>
    /// <param name="program">Firecracker.</param>
    internal static TierVerdict Try(string program)
    {
        var why = File.Exists("/dev/kvm") ? Run(program) : "there is no /dev/kvm";
        return why.Length == 0
            ? TierVerdict.Yes(Version(program), "by KVM")
            : TierVerdict.No($"Firecracker needs KVM, which runs no guest here ({why})", "build the image for qemu, which emulates where it must");
    }

    /// <summary>
    /// A kernel for the processor's 64-bit mode as an ELF at 1 MiB (Firecracker loads what the segments say and jumps to the entry): count down
    /// from 20 million, have the keyboard's controller reset the machine, stop. A processor does it in some 10 ms.
    /// </summary>
    internal static byte[] Kernel()
    {
        const int Load = 0x100000;
        const int ElfHeader = 64;
        const int Header = ElfHeader + 56;
        byte[] code =
        [
            0xb9, 0x00, 0x2d, 0x31, 0x01, // mov ecx, 20000000
            0xff, 0xc9, // dec ecx
            0x75, 0xfc, // jnz the one before
            0xb0, 0xfe, // mov al, 0xfe
            0xe6, 0x64, // out 0x64, al
            0xf4, // hlt
        ];
        var kernel = new byte[Header + code.Length];
        byte[] identity = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        identity.CopyTo(kernel, 0);
        (int At, int Size, long Value)[] fields =
        [
            (16, 2, 2), (18, 2, 62), (20, 4, 1), (24, 8, Load + Header), (32, 8, ElfHeader), (52, 2, ElfHeader), (54, 2, 56), (56, 2, 1),
            (64, 4, 1), (68, 4, 7), (80, 8, Load), (88, 8, Load), (96, 8, kernel.Length), (104, 8, kernel.Length), (112, 8, 0x1000),
        ];
        Span<byte> word = stackalloc byte[8];
        foreach (var (at, size, value) in fields)
        {
            BinaryPrimitives.WriteInt64LittleEndian(word, value);
            word[..size].CopyTo(kernel.AsSpan(at));
        }

        code.CopyTo(kernel, Header);
        return kernel;
    }

    /// <returns>Why it did not end as it should; empty: it did.</returns>
    private static string Run(string program)
    {
        using var kernel = MemoryFile.Create("trial", Kernel());
        var machine = new FirecrackerConfig { BootSource = new(PathOf(kernel), null, string.Empty), MachineConfig = new(1, 16), Drives = [], NetworkInterfaces = [] };
        using var config = MemoryFile.Create("config", JsonSerializer.SerializeToUtf8Bytes(machine, FirecrackerJson.Default.FirecrackerConfig));
        var (said, code) = Firecracker(program, "--no-api", "--config-file", PathOf(config));
        return code switch
        {
            0 => string.Empty,
            null => string.Create(CultureInfo.InvariantCulture, $"a guest of some million instructions did not end within {s_patience.TotalSeconds:0} s"),
            _ => string.Create(CultureInfo.InvariantCulture, $"exit code {code}: {(said.Length > 0 ? said : "(it said nothing)")}"),
        };
    }

    private static string Version(string program) => Firecracker(program, "--version").Said is { Length: > 0 } said ? said : "Firecracker";

    private static string PathOf(FileDescriptor file) => string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{file.Number}");

    /// <returns>The first line that it said, and its exit code; null: it did not end in time.</returns>
    private static (string Said, int? Code) Firecracker(string program, params IReadOnlyList<string> arguments)
    {
        BoundedRunResult result;
        try
        {
            result = BoundedRun.Run(new SpawnRequest { Path = program, Arguments = arguments }, default, 64 * 1024, 4096, s_patience, CancellationToken.None);
        }
        catch (LinuxException error)
        {
            return (error.Message, -1);
        }

        var said = Encoding.UTF8.GetString(result.Output) + Encoding.UTF8.GetString(result.Error);
        var line = said.Split('\n').Select(static l => string.Concat(l.Where(static c => !char.IsControl(c))).Trim()).FirstOrDefault(static l => l.Length > 0) ?? string.Empty;
        return (line, result.End == BoundedRunEnd.Exited ? result.ExitCode : null);
    }
}
