namespace Skerry.Node.Configuration;

/// <summary>
/// Where a node keeps its things; a daemon holds both while it runs (<see cref="NodeHold"/>). <see cref="Root"/> survives a reboot, <see cref="Run"/> need not. Both are 0700: layers and writable
/// directories hold set-user-id files of containers, which nobody on the host may reach.
/// </summary>
internal sealed record NodePaths(string Root, string Run)
{
    /// <summary>The journal's file.</summary>
    public string Journal => Path.Combine(Root, "journal.db");

    /// <summary>The tamper-evident log.</summary>
    public string Audit => Path.Combine(Root, "audit");

    /// <summary>Writable layers and logs, a directory each container.</summary>
    public string Containers => Path.Combine(Root, "containers");

    /// <summary>Named volumes.</summary>
    public string Volumes => Path.Combine(Root, "volumes");

    /// <summary>Recorded kernel events.</summary>
    public string Record => Path.Combine(Root, "record");

    /// <summary>Events around alerts that were kept.</summary>
    public string Captures => Path.Combine(Root, "captures");

    /// <summary>Roots of jailed programs.</summary>
    public string Jails => Path.Combine(Root, "jails");

    /// <summary>Compiled modules of the wasm tier.</summary>
    public string WasmCode => Path.Combine(Root, "wasm");

    /// <summary>Jails in which modules are being compiled.</summary>
    public string WasmCompile => Path.Combine(Run, "wasm");

    /// <summary>Taken by flock(2) while a daemon runs on this root.</summary>
    public string RootLock => Path.Combine(Root, "lock");

    /// <summary>The daemon's socket, unless configured otherwise.</summary>
    public string Socket => Path.Combine(Run, "node.sock");

    /// <summary>A file system of programs for the kernel that go on while no daemon is there.</summary>
    public string Standing => Path.Combine(Run, "bpf");

    /// <summary>Until when the guard's sensor was there.</summary>
    public string Sight => Path.Combine(Run, "sight");

    /// <summary>State of the OCI runtime beneath (its --root).</summary>
    public string RuntimeState => Path.Combine(Run, "oci");

    /// <summary>State of runsc (its --root).</summary>
    public string SandboxState => Path.Combine(Run, "runsc");

    /// <summary>Sockets on which sandboxes tell what happens in them.</summary>
    public string Streams => Path.Combine(Run, "streams");

    /// <summary>Bundles, a directory each container.</summary>
    public string Bundles => Path.Combine(Run, "c");

    /// <summary>Files of a pod that its containers share: resolv.conf, hosts, hostname.</summary>
    public string Pods => Path.Combine(Run, "pods");

    /// <summary>
    /// Mount points that exist once and are used by each container in a mount namespace of its own: root, 0 … 127 for layers,
    /// w for the writable directory, v0 … for volumes.
    /// </summary>
    public string Stage => Path.Combine(Run, "stage");

    /// <summary>The bundle of a container.</summary>
    public string Bundle(string containerId) => Path.Combine(Bundles, containerId);

    /// <summary>The writable directory of a container.</summary>
    public string Writable(string containerId) => Path.Combine(Containers, containerId);

    /// <summary>The log of a container, in the format of the kubelet.</summary>
    public string Log(string containerId) => Path.Combine(Containers, containerId, "log");

    /// <summary>The shared files of a pod.</summary>
    public string Pod(string podId) => Path.Combine(Pods, podId);
}
