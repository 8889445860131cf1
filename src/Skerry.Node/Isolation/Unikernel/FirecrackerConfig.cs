using System.Text.Json.Serialization;

namespace Skerry.Node.Isolation.Unikernel;

/// <summary>
/// A whole machine as Firecracker reads it from a file (--config-file; docs/getting-started.md): the documents of its API
/// (src/firecracker/swagger/firecracker.yaml) by the names of their places there.
/// </summary>
internal sealed record FirecrackerConfig
{
    /// <summary>What is booted.</summary>
    [JsonPropertyName("boot-source")]
    public required Source BootSource { get; init; }

    /// <summary>How large it is.</summary>
    [JsonPropertyName("machine-config")]
    public required Size MachineConfig { get; init; }

    /// <summary>Its disks; the list itself must be there.</summary>
    [JsonPropertyName("drives")]
    public required IReadOnlyList<Disk> Drives { get; init; }

    /// <summary>Its cards.</summary>
    [JsonPropertyName("network-interfaces")]
    public required IReadOnlyList<Card> NetworkInterfaces { get; init; }

    /// <summary>boot-source.</summary>
    internal sealed record Source(string KernelImagePath, string? InitrdPath, string BootArgs);

    /// <summary>machine-config.</summary>
    internal sealed record Size(int VcpuCount, long MemSizeMib);

    /// <summary>One of drives.</summary>
    internal sealed record Disk(string DriveId, string PathOnHost, bool IsRootDevice, bool IsReadOnly);

    /// <summary>One of network-interfaces.</summary>
    internal sealed record Card(string IfaceId, string HostDevName, string GuestMac);
}
