namespace Skerry.Linux.Mounts;

/// <summary>How mounts made below a mount travel to other mount namespaces (mount_namespaces(7)).</summary>
public enum Propagation : ulong
{
    /// <summary>Neither in nor out.</summary>
    Private = 1 << 18,

    /// <summary>In, not out.</summary>
    Slave = 1 << 19,

    /// <summary>Both ways.</summary>
    Shared = 1 << 20,
}
