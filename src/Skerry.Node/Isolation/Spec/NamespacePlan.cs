namespace Skerry.Node.Isolation.Spec;

/// <summary>
/// Which namespaces a container makes and which it joins. Pid, mount and cgroup namespaces are always the container's
/// own. For the others a path is joined and null means a new one.
/// </summary>
internal sealed record NamespacePlan
{
    /// <summary>Path of the pod's network namespace (a bind mount or /proc/PID/ns/net); null: a new, empty one.</summary>
    public string? Network { get; init; }

    /// <summary>Stay in the host's network namespace; <see cref="Network"/> is then not looked at.</summary>
    public bool HostNetwork { get; init; }

    /// <summary>
    /// True when the network namespace was made inside the pod's user namespace. Only then may the container mount a
    /// sysfs of its own (the kernel asks for CAP_SYS_ADMIN over the namespace's owner, net/core/net-sysfs.c
    /// net_current_may_mount), so it must also join <see cref="User"/>. A new network namespace always is its own.
    /// </summary>
    public bool NetworkOwnedByPod { get; init; }

    /// <summary>Path of the pod's IPC namespace; null: a new one.</summary>
    public string? Ipc { get; init; }

    /// <summary>True when the joined IPC namespace was made inside the pod's user namespace (else no mqueue mount).</summary>
    public bool IpcOwnedByPod { get; init; }

    /// <summary>Path of the pod's UTS namespace; null: a new one that gets the pod's host name.</summary>
    public string? Uts { get; init; }

    /// <summary>Path of the pod's user namespace; null: a new one when the plan has an id range.</summary>
    public string? User { get; init; }

    /// <summary>
    /// What gVisor joins: only the network. Its kernel has IPC and host name of its own, and a runtime of many threads cannot join a user
    /// namespace (setns(2)): it makes one with the pod's ids.
    /// </summary>
    internal NamespacePlan ForSandbox() => new() { Network = Network, HostNetwork = HostNetwork };
}
