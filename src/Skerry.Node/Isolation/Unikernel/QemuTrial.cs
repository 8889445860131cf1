using System.Buffers.Binary;
using System.Text;
using Skerry.Linux.Processes;
using Skerry.Node.Isolation.Jails;

namespace Skerry.Node.Isolation.Unikernel;

/// <summary>
/// Finds out how QEMU runs guests here, by running one of the node's own: some millions of instructions, then an exit code. A device file /dev/kvm says
/// little: inside some virtual machines it is there, and runs a guest's kernel slower than emulation does, or never to an end.
/// </summary>
internal sealed class QemuTrial(JailRoot root)
{
    private const int Told = 21;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan KvmPatience = TimeSpan.FromSeconds(3);

    /// <summary>Tries KVM, where it may be, then emulation.</summary>
    internal QemuChoice Try(bool canBeKvm)
    {
        var (version, _) = Qemu(["-version"], Patience);
        var name = version.Split('\n')[0].Trim();
        var kvm = canBeKvm && File.Exists("/dev/kvm") ? Run(kvm: true, KvmPatience) : "there is no /dev/kvm";
        if (kvm.Length == 0)
        {
            return new QemuChoice(true, string.Empty, TierVerdict.Yes(name, "by KVM"));
        }

        var emulated = Run(kvm: false, Patience);
        return new QemuChoice(false, kvm, emulated.Length == 0
            ? TierVerdict.Yes(name, $"by software emulation, because KVM does not run guests here ({kvm})", isSlow: true)
            : TierVerdict.No($"{name} runs no guest: KVM: {kvm}; emulation: {emulated}", "see whether the package is whole: apt install --reinstall qemu-system-x86 qemu-system-data seabios"));
    }

    /// <summary>
    /// A multiboot kernel (Multiboot Specification 0.6.96, section 3.1) of a few instructions for the processor's 32-bit mode: count down from
    /// 20 million, write the code to the port, stop. Emulation does it in some 50 ms, a processor in 10.
    /// </summary>
    internal static byte[] Kernel()
    {
        const uint Magic = 0x1BADB002;
        const uint AddressesAreHere = 1 << 16;
        const uint Load = 0x100000;
        const int Header = 32;
        byte[] code =
        [
            0xb9, 0x00, 0x2d, 0x31, 0x01, // mov ecx, 20000000
            0x49, // dec ecx
            0x75, 0xfd, // jnz the one before
            0xb8, Told, 0, 0, 0, // mov eax, Told
            0xe7, 0xf4, // out 0xf4, eax
            0xf4, // hlt
        ];
        var kernel = new byte[Header + code.Length];
        uint[] words = [Magic, AddressesAreHere, unchecked(0 - (Magic + AddressesAreHere)), Load, Load, 0, 0, Load + Header];
        for (var i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(kernel.AsSpan(i * 4), words[i]);
        }

        code.CopyTo(kernel, Header);
        return kernel;
    }

    private string Run(bool kvm, TimeSpan patience)
    {
        using var kernel = Linux.MemoryFile.Create("trial", Kernel());
        IReadOnlyList<string> arguments =
        [
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", .. QemuMonitor.Machine(kvm), "-m", "16",
            "-device", "isa-debug-exit,iobase=0xf4,iosize=0x4", "-kernel", $"/proc/{System.Environment.ProcessId}/fd/{kernel.Number}",
        ];
        var (said, code) = Qemu(["-L", root.Directory + QemuJail.DataArguments[1], .. arguments], patience);
        return code switch
        {
            (Told << 1) | 1 => string.Empty,
            null => $"no end within {patience.TotalSeconds:0} s",
            _ => $"exit code {code}: {(said.Trim() is { Length: > 0 } text ? text.Split('\n')[^1] : "(it said nothing)")}",
        };
    }

    /// <summary>Runs the copy in the jail's root, with its own loader and libraries, outside any jail: the guest is the node's own.</summary>
    private (string Said, int? Code) Qemu(IReadOnlyList<string> arguments, TimeSpan patience)
    {
        var loader = Directory.EnumerateFiles(Path.Combine(root.Directory, "lib"), "ld-*").FirstOrDefault();
        var program = root.Directory + root.Program;
        var result = BoundedRun.Run(
            new SpawnRequest
            {
                Path = loader ?? program,
                Arguments = loader is null ? arguments : ["--library-path", Path.Combine(root.Directory, "lib"), program, .. arguments],
                Environment = [.. SpawnRequest.DefaultEnvironment, .. QemuJail.Environment.Select(e => e.Replace("=/", $"={root.Directory}/", StringComparison.Ordinal))],
            },
            default,
            64 * 1024,
            4096,
            patience,
            CancellationToken.None);
        return (Encoding.UTF8.GetString(result.Output) + Encoding.UTF8.GetString(result.Error), result.End == BoundedRunEnd.Exited ? result.ExitCode : null);
    }
}
