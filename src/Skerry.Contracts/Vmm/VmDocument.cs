namespace Skerry.Contracts.Vmm;

/// <summary>
/// What a node tells <c>skerry-vmm hold</c> of the machine that it is to run (vm.json). Paths are those of the jail. Every text is the node's
/// own: nothing of a pod or an image is in it, but in <see cref="Configuration"/>, which goes to the guest alone.
/// </summary>
public sealed record VmDocument
{
    /// <summary><see cref="Kind"/>: QEMU.</summary>
    public const string Qemu = "qemu";

    /// <summary><see cref="Kind"/>: Firecracker.</summary>
    public const string Firecracker = "firecracker";

    /// <summary><see cref="Kind"/>: Cloud Hypervisor.</summary>
    public const string CloudHypervisor = "cloud-hypervisor";

    /// <summary><see cref="Accelerator"/>: the processor's own support for machines.</summary>
    public const string Kvm = "kvm";

    /// <summary>The port of vsock on which a guest's agent calls its host, where there is no virtio port.</summary>
    public const int AgentPort = 1025;

    /// <summary>Which VMM.</summary>
    public required string Kind { get; init; }

    /// <summary>Its program.</summary>
    public required string Program { get; init; }

    /// <summary>The directory of its firmware.</summary>
    public required string Firmware { get; init; }

    /// <summary>Where the VMM finds the parts that it loads by itself, in the jail.</summary>
    public required string Modules { get; init; }

    /// <summary>kvm, or tcg for software emulation.</summary>
    public required string Accelerator { get; init; }

    /// <summary>QEMU's plugin that gives the memory of translated code back while the guest rests; null: without.</summary>
    public string? Shed { get; init; }

    /// <summary>The kernel may keep pages of this machine and of others that are equal once (KSM).</summary>
    public bool MergesMemory { get; init; }

    /// <summary>The guest's kernel.</summary>
    public required string Kernel { get; init; }

    /// <summary>Its first file system.</summary>
    public required string Initrd { get; init; }

    /// <summary>The kernel's command line.</summary>
    public required string KernelParameters { get; init; }

    /// <summary>Virtual processors.</summary>
    public required int Processors { get; init; }

    /// <summary>The machine's memory, MiB.</summary>
    public required int MemoryMebibytes { get; init; }

    /// <summary>What of it the guest may use at its start, MiB; the rest is in a balloon.</summary>
    public required int GuestMebibytes { get; init; }

    /// <summary>Disks, in the order of their slots.</summary>
    public required IReadOnlyList<VmDisk> Disks { get; init; }

    /// <summary>The server of the volumes of the node; null: there are none.</summary>
    public VmShare? Share { get; init; }

    /// <summary>The network card; null: none.</summary>
    public VmCard? Card { get; init; }

    /// <summary>The socket to which carriers and the node connect.</summary>
    public required string Rendezvous { get; init; }

    /// <summary>The socket on which the node changes how much memory the guest may use (<see cref="VmSize"/>).</summary>
    public required string Sizing { get; init; }

    /// <summary>A directory for sockets that nobody else shall see.</summary>
    public required string Temporary { get; init; }

    /// <summary>Until when the guest must have answered, milliseconds.</summary>
    public required int BootPatience { get; init; }

    /// <summary>How long containers get to end when the machine is shut down, milliseconds.</summary>
    public required int EndPatience { get; init; }

    /// <summary>skerry.guest.v1.ConfigureRequest; the clock and entropy are added when it is sent.</summary>
    public required byte[] Configuration { get; init; }

    /// <summary>A template to make, with which the machine ends; null: it is to run.</summary>
    public VmTemplate? Makes { get; init; }

    /// <summary>The socket on which the node hands over the state and the memory of a template to start from; null: a cold boot.</summary>
    public string? Copies { get; init; }

    /// <summary>It waits for its pod; null: it is a pod's from the first. Only a copy of a template can wait.</summary>
    public VmPark? Parks { get; init; }
}
