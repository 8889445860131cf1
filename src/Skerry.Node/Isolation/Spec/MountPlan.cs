namespace Skerry.Node.Isolation.Spec;

/// <summary>
/// A bind mount or tmpfs of a container, after every check: <see cref="Source"/> is a resolved absolute host path that
/// passed <see cref="MountRules"/> (or was made by the node itself), <see cref="Destination"/> an absolute clean path.
/// </summary>
internal sealed record MountPlan
{
    /// <summary>Host path of a bind mount; null for a tmpfs.</summary>
    public string? Source { get; init; }

    /// <summary>Absolute path in the container, without <c>.</c> and <c>..</c>.</summary>
    public required string Destination { get; init; }

    /// <summary>True when nothing can be written through it, submounts included.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Whether <see cref="Source"/> is a directory (read-only then covers what is mounted below it).</summary>
    public bool IsDirectory { get; init; }

    /// <summary>private, rprivate, slave, rslave, shared, rshared (mount_namespaces(7)).</summary>
    public string Propagation { get; init; } = "rprivate";

    /// <summary>Size of a tmpfs, bytes.</summary>
    public long SizeBytes { get; init; }

    /// <summary>Permission bits of a tmpfs' root.</summary>
    public uint Mode { get; init; } = 0x3FF; // 01777

    /// <summary>Refuse to execute files from it.</summary>
    public bool NoExec { get; init; }

    /// <summary>Has the node's named volume behind it (idmapped by the node when the pod has a user namespace).</summary>
    public bool IsVolume { get; init; }

    /// <summary>A device node that the node made for this container alone: it works as one, and its owner is right already.</summary>
    public bool IsDevice { get; init; }

    /// <summary>A person named the source: its path was checked as it is, without links, and must be mounted without following one.</summary>
    public bool IsGiven { get; init; }

    /// <summary>The node has given it to the container's user already: it is not shown under other ids.</summary>
    public bool IsOwned { get; init; }

    /// <summary>A file of the node's own making (resolv.conf, hosts, hostname), shown in the container.</summary>
    public static MountPlan NodeFile(string source, string destination, bool readOnly = false) =>
        new() { Source = source, Destination = destination, ReadOnly = readOnly, NoExec = true };
}
