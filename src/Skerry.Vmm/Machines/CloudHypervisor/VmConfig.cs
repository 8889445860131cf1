namespace Skerry.Vmm.Machines.CloudHypervisor;

/// <summary>A whole machine (PUT /vm.create).</summary>
internal sealed record VmConfig
{
    /// <summary>Its processors.</summary>
    public required CpusConfig Cpus { get; init; }

    /// <summary>Its memory.</summary>
    public required MemoryConfig Memory { get; init; }

    /// <summary>What it boots.</summary>
    public required PayloadConfig Payload { get; init; }

    /// <summary>Its disks.</summary>
    public required IReadOnlyList<DiskConfig> Disks { get; init; }

    /// <summary>Volumes by virtiofs; null: none.</summary>
    public IReadOnlyList<FsConfig>? Fs { get; init; }

    /// <summary>What takes memory of the guest.</summary>
    public required BalloonConfig Balloon { get; init; }

    /// <summary>The first serial port.</summary>
    public required ConsoleConfig Serial { get; init; }

    /// <summary>The virtio console.</summary>
    public required ConsoleConfig Console { get; init; }

    /// <summary>The way of the agent.</summary>
    public required VsockConfig Vsock { get; init; }
}
