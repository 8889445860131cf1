namespace Skerry.Guard.Rules;

/// <summary>How a kernel denies by itself what a rule is about.</summary>
public enum KernelMeans
{
    /// <summary>It cannot.</summary>
    None,

    /// <summary>Connections, datagrams and sockets fail.</summary>
    Networks,

    /// <summary>Programs in the writable layer are not started, or die before their first instruction.</summary>
    Drift,

    /// <summary>Programs that no name leads to are not started, or die before their first instruction.</summary>
    Nameless,

    /// <summary>Packet sockets cannot be made. This and all that follow: in security hooks alone.</summary>
    Packets,

    /// <summary>Modules are neither loaded nor removed, and no other kernel is loaded.</summary>
    Modules,

    /// <summary>No module and no BPF program is loaded.</summary>
    Extension,

    /// <summary>bpf(2) and perf_event_open(2) fail.</summary>
    Bpf,

    /// <summary>Nothing is mounted.</summary>
    Mounts,

    /// <summary>No user namespace is made, no namespace entered.</summary>
    Namespaces,

    /// <summary>The same, but for processes that begin in a user namespace of their own.</summary>
    NamespaceEntry,
}
