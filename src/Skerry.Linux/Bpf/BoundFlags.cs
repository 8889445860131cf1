namespace Skerry.Linux.Bpf;

/// <summary>What the warden does in a container (enum watched_flags and bound_flags, bpf/include/contract.h).</summary>
[Flags]
public enum BoundFlags : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Programs in the writable layer are killed before their first instruction.</summary>
    KillsDrift = 2,

    /// <summary>Programs that no name leads to are killed before their first instruction.</summary>
    KillsNameless = 4,

    /// <summary>It speaks to the networks of its set alone.</summary>
    DeniesNetworks = 8,
}
