namespace Skerry.Linux.Bpf;

/// <summary>enum call_flags, bpf/include/contract.h.</summary>
[Flags]
public enum CallFlags : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The reader is woken at once.</summary>
    Wakes = 1,

    /// <summary>Failures are not told.</summary>
    SuccessOnly = 2,

    /// <summary>The address is in a struct msghdr.</summary>
    Message = 4,

    /// <summary>Flags and mode are in a struct open_how.</summary>
    How = 8,
}
