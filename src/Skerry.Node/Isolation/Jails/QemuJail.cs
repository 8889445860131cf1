using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Jails;

/// <summary>
/// QEMU as a jailed program: what Debian's package has of it that a microvm machine needs, from where it is installed or was unpacked.
/// </summary>
internal static class QemuJail
{
    /// <summary>The name of its root.</summary>
    internal const string Name = "qemu";

    /// <summary>Its firmware, in the jail.</summary>
    internal const string Data = "/usr/share/qemu";

    /// <summary>The parts that it loads by itself, in the jail.</summary>
    internal const string Modules = "/lib/qemu";

    /// <summary>Firmware and option roms of the machine microvm, in the order in which QEMU may ask for them; the first is in every package.</summary>
    private static readonly string[] Firmware = ["bios-microvm.bin", "qboot.rom", "linuxboot_dma.bin", "linuxboot.bin", "pvh.bin", "multiboot_dma.bin", "multiboot.bin", "kvmvapic.bin"];

    private static readonly string[] DataDirectories = ["share/qemu", "share/seabios", "lib/ipxe/qemu"];

    private static readonly string[] Usual = ["/usr/bin/qemu-system-x86_64", "/usr/local/bin/qemu-system-x86_64"];

    /// <summary>For QEMU's process in the jail: where it looks for the parts that it loads by itself.</summary>
    internal static IReadOnlyList<string> Environment { get; } = ["QEMU_MODULE_DIR=" + Modules];

    /// <summary>For QEMU's command line in the jail.</summary>
    internal static IReadOnlyList<string> DataArguments { get; } = ["-L", Data];

    /// <summary>Where QEMU is; null: nowhere.</summary>
    /// <param name="configured">A path, or auto.</param>
    internal static string? Find(string configured) => Places(configured).FirstOrDefault(File.Exists);

    /// <summary>Where it is looked for.</summary>
    internal static IReadOnlyList<string> Places(string configured) => configured == "auto" ? Usual : [configured];

    /// <summary>What its jail holds.</summary>
    /// <param name="path">The program on the node.</param>
    /// <exception cref="IsolationException">There is no such program, it is none, or there is no firmware with it.</exception>
    internal static JailProgram Program(string path)
    {
        var program = HostPath.Resolve(path) ?? throw new IsolationException($"QEMU: there is no {path}; apt install qemu-system-x86, or correct its path in skerry.toml");
        var prefix = Path.GetDirectoryName(Path.GetDirectoryName(program)) ?? "/";
        List<(string, string)> files = [];
        foreach (var name in Firmware)
        {
            if (DataDirectories.Select(d => HostPath.Resolve(Path.Combine(prefix, d, name))).FirstOrDefault(static p => p is not null) is { } found)
            {
                files.Add(($"{Data}/{name}", found));
            }
        }

        if (files.Count == 0)
        {
            throw new IsolationException($"QEMU: there is no {Firmware[0]} below {prefix}/share; apt install qemu-system-data seabios");
        }

        // The emulator of the processor is a module of its own in Debian's package; where it is built in there is none.
        var emulator = "accel-tcg-" + Path.GetFileName(program).Replace("qemu-system-", string.Empty, StringComparison.Ordinal) + ".so";
        foreach (var directory in LibrarySearch.Beside(program, MachineOf(program)))
        {
            if (HostPath.Resolve(Path.Combine(directory, "qemu", emulator)) is { } module)
            {
                files.Add(($"{Modules}/{emulator}", module));
                break;
            }
        }

        return new JailProgram { Name = Name, Path = program, Files = files };
    }

    private static ushort MachineOf(string program)
    {
        try
        {
            return ElfFile.Read(program).Machine;
        }
        catch (Exception error) when (error is FormatException or UnauthorizedAccessException)
        {
            throw JailRoots.NoProgram(error);
        }
    }
}
