using Skerry.Node.Isolation.Jails;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>The root directories of the tier's jails.</summary>
internal sealed class MachineRoots(JailRoots roots)
{
    /// <summary>skerry-vmm in every jail of the tier.</summary>
    internal const string Holder = "/bin/skerry-vmm";

    /// <summary>The guest's kernel.</summary>
    internal const string Kernel = "/boot/kernel";

    /// <summary>The guest's first file system.</summary>
    internal const string Initrd = "/boot/initrd";

    /// <summary>QEMU's plugin that gives memory back.</summary>
    internal const string Shed = "/lib/skerry-shed.so";

    /// <summary>The root of a machine's jail: the VMM with what it loads, the holder, and the guest's kernel and first file system.</summary>
    internal JailRoot Machine(MachineChoice how)
    {
        var files = how.Files;
        var vmm = how.Vmm == Vmm.Qemu ? QemuJail.Program(files.Vmm) : new JailProgram { Name = how.Vmm.Kind, Path = files.Vmm };
        return roots.Ensure(vmm with
        {
            Name = "machine",
            Programs = [.. vmm.Programs, (Holder, files.Holder)],
            Files = [.. vmm.Files, (Kernel, files.Kernel), (Initrd, files.Initrd), .. how.Sheds ? [(Shed, files.Shed!)] : Array.Empty<(string, string)>()],
        });
    }

    /// <summary>The root of the jail of a pod's volumes: their server, and what starts it.</summary>
    internal JailRoot Volumes(GuestFiles files, string server) => roots.Ensure(new JailProgram { Name = "volumes", Path = server, Programs = [(Holder, files.Holder)] });

    /// <summary>The root of a carrier's jail: one program.</summary>
    internal JailRoot Carrier(GuestFiles files) => roots.Ensure(new JailProgram { Name = "carrier", Path = files.Holder });
}
