namespace Skerry.Node.Isolation.Spec;

/// <summary>Which OCI runtime will read the spec: they differ in how a seccomp filter reaches them.</summary>
internal enum RuntimeKind
{
    /// <summary>crun: takes compiled BPF through the annotation <c>run.oci.seccomp_bpf_data</c>.</summary>
    Crun,

    /// <summary>runc: takes the profile as <c>linux.seccomp</c> and compiles it at each start.</summary>
    Runc,

    /// <summary>gVisor's runsc: takes no filter; its own kernel has the program's calls, and the sentry has a filter of its own.</summary>
    Runsc,
}
