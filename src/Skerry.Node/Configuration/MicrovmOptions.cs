namespace Skerry.Node.Configuration;

/// <summary>The microVM tier, [microvm] in skerry.toml; the words are those of Kata's configuration where it has the thing.</summary>
internal sealed record MicrovmOptions
{
    /// <summary><see cref="SharedFs"/>: they do not.</summary>
    internal const string NoSharedFs = "none";

    /// <summary>Most characters of <see cref="KernelParameters"/>; the kernel takes 2048 with those of the node (COMMAND_LINE_SIZE, arch/x86/include/asm/setup.h).</summary>
    internal const int MostParameters = 1024;

    /// <summary>Keys whose values a pod can have in its own words, where <see cref="EnableAnnotations"/> names them.</summary>
    internal static IReadOnlyList<string> Adjustable { get; } = ["default_memory", "default_maxmemory", "default_vcpus", "kernel_params"];

    /// <summary>What is not named: what is found.</summary>
    internal const string Auto = "auto";

    /// <summary>Which VMM: qemu, firecracker or cloud-hypervisor; auto: of those that are installed, what a trial proves.</summary>
    public string Hypervisor { get; init; } = Auto;

    /// <summary>Firecracker.</summary>
    public string FirecrackerPath { get; init; } = Auto;

    /// <summary>Cloud Hypervisor.</summary>
    public string CloudHypervisorPath { get; init; } = Auto;

    /// <summary>QEMU.</summary>
    public string Path { get; init; } = "/usr/bin/qemu-system-x86_64";

    /// <summary>The guest's kernel; auto: beside skerryd, or where packages put it.</summary>
    public string KernelPath { get; init; } = "auto";

    /// <summary>The guest's first file system; auto: beside the kernel.</summary>
    public string InitrdPath { get; init; } = "auto";

    /// <summary>Added to the kernel's command line.</summary>
    public string KernelParameters { get; init; } = string.Empty;

    /// <summary>Virtual processors of a pod that has no limit of processors.</summary>
    public int Processors { get; init; } = 1;

    /// <summary>Memory of a pod's containers that have no limit, each.</summary>
    public long MemoryBytes { get; init; } = 128L << 20;

    /// <summary>How much each container may write, unless its pod says otherwise; only what is written takes room.</summary>
    public long DiskBytes { get; init; } = 10L << 30;

    /// <summary>What the guest's kernel and first process need beside the containers.</summary>
    public long GuestOverheadBytes { get; init; } = 96L << 20;

    /// <summary>How directories and volumes of the node come into a guest: virtio-fs, or none.</summary>
    public string SharedFs { get; init; } = "virtio-fs";

    /// <summary>QEMU's virtiofsd; auto: where packages put it.</summary>
    public string VirtioFsDaemon { get; init; } = "auto";

    /// <summary>What a guest keeps of volumes: none, auto (as long as nobody changes it), always (as long as it runs).</summary>
    public string VirtioFsCache { get; init; } = "auto";

    /// <summary>Until when a guest must have answered, seconds; after half of them it is booted once more.</summary>
    public int BootTimeoutSeconds { get; init; } = 60;

    /// <summary>Until when a guest must have answered in the trial of KVM, seconds; one that is slower is no faster than emulation, and KVM counts as none.</summary>
    public int KvmTimeoutSeconds { get; init; } = 4;

    /// <summary>Memory that a pod's machine can grow to while it runs; null: twice what its containers may use at its start.</summary>
    public long? MaximumBytes { get; init; }

    /// <summary>The memory of machines can be changed while they run.</summary>
    public bool CanGrow { get; init; } = true;

    /// <summary>What pods may ask for their machines by annotations (names of <see cref="Adjustable"/>).</summary>
    public IReadOnlyList<string> EnableAnnotations { get; init; } = ["default_memory", "default_vcpus"];

    /// <summary>Equal pages of machines are kept once (KSM), also of pods that do not trust each other.</summary>
    public bool MergeMemory { get; init; }

    /// <summary>Pods start as copies of a machine that was booted before.</summary>
    public bool EnableTemplate { get; init; }

    /// <summary>How many copies of each template wait for pods, having run already; 0: none.</summary>
    public int CacheNumber { get; init; }

    /// <summary>What all that wait may take of the machine's memory.</summary>
    public long CacheBytes { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 16;
}
