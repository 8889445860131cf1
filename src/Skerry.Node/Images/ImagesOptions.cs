using Skerry.Oci;
using Skerry.Oci.Layers;

namespace Skerry.Node.Images;

/// <summary>What is done with a device node in a layer. Whiteouts are not device nodes here; they are always taken.</summary>
public enum DeviceNodes
{
    /// <summary>Left out and noted with the layer: in a user namespace a device node cannot be opened anyway.</summary>
    Skip,

    /// <summary>The layer is refused.</summary>
    Refuse,
}

/// <summary>How a node keeps its images; written by a person.</summary>
public sealed record ImagesOptions
{
    /// <summary>The directory that holds <c>content/</c>, <c>layers/</c> and <c>images/</c>; made with mode 0700 where missing.</summary>
    public required string Root { get; init; }

    /// <summary>The most that blobs and layers together may take; null: as much as the disk gives.</summary>
    public ByteCount? Quota { get; init; }

    /// <summary>What must stay free on the disk; null: 512 MiB or 5 % of it, whichever is less.</summary>
    public ByteCount? Reserve { get; init; }

    /// <summary>Layers fetched at a time.</summary>
    public int MaxParallelDownloads { get; init; } = 3;

    /// <summary>Layers unpacked at a time; 0: one a processor, at most four.</summary>
    public int MaxParallelUnpacks { get; init; }

    /// <summary>What a layer may ask for.</summary>
    public LayerLimits LayerLimits { get; init; } = LayerLimits.Default;

    /// <summary>What is done with device nodes in layers.</summary>
    public DeviceNodes DeviceNodes { get; init; }

    /// <summary>
    /// Whether compressed layers stay after unpacking. They make export and exact repair possible without a network, and cost
    /// their size on disk and in flash wear. Where they are not kept, <c>image prune</c> takes those that are still there.
    /// </summary>
    public bool KeepBlobs { get; init; } = true;

    /// <summary>After how many bytes a download is made durable, so that a power cut costs no more than that.</summary>
    public ByteCount DurableEvery { get; init; } = new(64L << 20);

    /// <summary>How often one blob is asked for when the connection breaks; the bytes that came are kept between tries.</summary>
    public int MaxTries { get; init; } = 5;

    /// <summary>Called before each step that changes the store; for tests that stop the world there.</summary>
    internal Action<string>? StepHook { get; init; }
}
