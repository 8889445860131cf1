namespace Skerry.Node.Isolation.Spec;

/// <summary>The system call filter of a container, in the form its runtime takes; immutable, shared by many containers.</summary>
internal sealed record SeccompPlan
{
    /// <summary>Name or path of the profile, and its digest: for people and for the journal.</summary>
    public required string Name { get; init; }

    /// <summary>Compiled filter (struct sock_filter[]) as base64, for <see cref="RuntimeKind.Crun"/>.</summary>
    public required string BpfBase64 { get; init; }

    /// <summary>OCI <c>linux.seccomp</c> object as UTF-8 JSON, for <see cref="RuntimeKind.Runc"/>.</summary>
    public required ReadOnlyMemory<byte> OciJson { get; init; }
}
