namespace Skerry.Guard.Events;

/// <summary>What is known of a container; one instance for all its events.</summary>
public sealed class ContainerFacts : Facts
{
    /// <summary>First twelve characters of the identifier.</summary>
    public Text Id { get; set => Set(ref field, value); }

    /// <summary>The whole identifier.</summary>
    public Text FullId { get; set => Set(ref field, value); }

    /// <summary>Name given by who started it.</summary>
    public Text Name { get; set => Set(ref field, value); }

    /// <summary>Image as it was asked for.</summary>
    public Text Image { get; set => Set(ref field, value); }

    /// <summary>Identifier of the image.</summary>
    public Text ImageId { get; set => Set(ref field, value); }

    /// <summary>Image without tag and digest.</summary>
    public Text Repository { get; set => Set(ref field, value); }

    /// <summary>Tag of the image.</summary>
    public Text Tag { get; set => Set(ref field, value); }

    /// <summary>Digest of the manifest.</summary>
    public Text Digest { get; set => Set(ref field, value); }

    /// <summary>Name of the engine.</summary>
    public Text Engine { get; set => Set(ref field, value); }

    /// <summary>True where the container has the node's powers.</summary>
    public bool? IsPrivileged { get; set => Set(ref field, value); }

    /// <summary>What is mounted into it.</summary>
    public IReadOnlyList<ContainerMount> Mounts { get; set => Set(ref field, value); } = [];

    /// <summary>Start, nanoseconds since 1970.</summary>
    public long? StartTime { get; set => Set(ref field, value); }

    /// <summary>First address.</summary>
    public Text Address { get; set => Set(ref field, value); }

    /// <summary>True where it shares the node's process namespace.</summary>
    public bool? HasHostPids { get; set => Set(ref field, value); }

    /// <summary>True where it shares the node's network.</summary>
    public bool? HasHostNetwork { get; set => Set(ref field, value); }

    /// <summary>True where it shares the node's IPC namespace.</summary>
    public bool? HasHostIpc { get; set => Set(ref field, value); }

    /// <summary>Labels of the container.</summary>
    public IReadOnlyDictionary<string, Text> Labels { get; set => Set(ref field, value); } = new Dictionary<string, Text>();

    /// <summary>Names of its users by their numbers, as its own password file has them.</summary>
    public IReadOnlyDictionary<uint, Text> UserNames { get; set => Set(ref field, value); } = new Dictionary<uint, Text>();

    /// <summary>As <see cref="UserNames"/>, of groups.</summary>
    public IReadOnlyDictionary<uint, Text> GroupNames { get; set => Set(ref field, value); } = new Dictionary<uint, Text>();

    /// <summary>The pod it is part of, where there is one.</summary>
    public PodFacts? Pod { get; set => Set(ref field, value); }
}
