namespace Skerry.Node.Isolation.Spec;

/// <summary>Which OCI runtime will read the spec: the two differ in how a precompiled seccomp filter reaches them.</summary>
internal enum RuntimeKind
{
    /// <summary>crun: takes compiled BPF through the annotation <c>run.oci.seccomp_bpf_data</c>.</summary>
    Crun,

    /// <summary>runc: takes the profile as <c>linux.seccomp</c> and compiles it at each start.</summary>
    Runc,
}
