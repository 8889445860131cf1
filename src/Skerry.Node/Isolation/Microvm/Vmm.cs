using Skerry.Contracts.Vmm;
using Skerry.Node.Configuration;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>A VMM of which machines are made, and what sets it apart from the others.</summary>
internal sealed record Vmm
{
    /// <summary>QEMU: the only one that emulates, makes templates, and was there first.</summary>
    internal static Vmm Qemu { get; } = new()
    {
        Kind = VmDocument.Qemu,
        Title = "QEMU",
        Emulates = true,
        HasVolumes = true,
        HasTemplates = true,
        MostDisks = MachineDisks.Most,
        Remedy = "apt install qemu-system-x86, or name it as path under [microvm] in skerry.toml",
    };

    /// <summary>
    /// Firecracker: the smallest. Its machine has 19 interrupts for virtio devices (src/vmm/src/arch/x86_64/layout.rs), of which the balloon, a card, vsock and
    /// the generation of the machine take one each. It cannot switch a machine off, and ends when the guest resets it by the keyboard's controller.
    /// </summary>
    internal static Vmm Firecracker { get; } = new()
    {
        Kind = VmDocument.Firecracker,
        Title = "Firecracker",
        MostDisks = 15,
        Words = " reboot=k skerry.channel=vsock skerry.end=reset",
        Remedy = "install its program (no package of Debian has it) as /usr/local/bin/firecracker, or name it as firecracker_path under [microvm] in skerry.toml",
    };

    /// <summary>Cloud Hypervisor: small, and with virtiofs. Its bus has room for 32 devices, some of which are its own.</summary>
    internal static Vmm CloudHypervisor { get; } = new()
    {
        Kind = VmDocument.CloudHypervisor,
        Title = "Cloud Hypervisor",
        HasVolumes = true,
        MostDisks = MachineDisks.Most,
        Words = " skerry.channel=vsock",
        Remedy = "install its program (no package of Debian has it) as /usr/local/bin/cloud-hypervisor, or name it as cloud_hypervisor_path under [microvm] in skerry.toml",
    };

    private static readonly string[] s_usual = ["/usr/local/bin", "/usr/bin"];

    /// <summary>Its name in configuration, documents and journal.</summary>
    public required string Kind { get; init; }

    /// <summary>Its name for people.</summary>
    public required string Title { get; init; }

    /// <summary>It runs guests without KVM.</summary>
    public bool Emulates { get; private init; }

    /// <summary>It can show a guest directories and volumes of the node.</summary>
    public bool HasVolumes { get; private init; }

    /// <summary>Its machines start as copies, and wait for pods.</summary>
    public bool HasTemplates { get; private init; }

    /// <summary>Disks that a machine has room for.</summary>
    public required int MostDisks { get; init; }

    /// <summary>What a guest's kernel and first process are told of it, each word after a space.</summary>
    public string Words { get; private init; } = string.Empty;

    /// <summary>How one comes to have it.</summary>
    public required string Remedy { get; init; }

    /// <summary>
    /// The VMMs that may be used, the preferred first. Left to the node, the smaller comes first, as less code is where a guest can attack it; where pods
    /// are to start as copies of templates, that is QEMU's part.
    /// </summary>
    internal static IReadOnlyList<Vmm> Allowed(MicrovmOptions options) => options.Hypervisor switch
    {
        VmDocument.Qemu => [Qemu],
        VmDocument.Firecracker => [Firecracker],
        VmDocument.CloudHypervisor => [CloudHypervisor],
        _ when options.EnableTemplate => [Qemu, Firecracker, CloudHypervisor],
        _ => [Firecracker, CloudHypervisor, Qemu],
    };

    /// <summary>Where its program is looked for; the last is what a message names.</summary>
    internal IEnumerable<string> Places(MicrovmOptions options)
    {
        var configured = Kind switch
        {
            VmDocument.Qemu => options.Path,
            VmDocument.Firecracker => options.FirecrackerPath,
            _ => options.CloudHypervisorPath,
        };
        return configured == MicrovmOptions.Auto ? s_usual.Select(d => Path.Combine(d, Kind)) : [configured];
    }
}
