namespace Skerry.Linux.Bpf;

/// <summary>How programs that a container starts are met (enum watched_flags, bpf/include/contract.h).</summary>
[Flags]
public enum StartFlags : uint
{
    /// <summary>They are told.</summary>
    None = 0,

    /// <summary>Each wakes the reader.</summary>
    Wakes = 1,

    /// <summary>Those in the writable layer are killed before their first instruction.</summary>
    KillsDrift = 2,

    /// <summary>Those that no name leads to are killed before their first instruction.</summary>
    KillsNameless = 4,
}
