namespace Skerry.Linux.Bpf;

/// <summary>enum record_flags, bpf/include/contract.h.</summary>
[Flags]
public enum RecordFlags : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Called by the 32-bit or x32 interface.</summary>
    Compat = 1,

    /// <summary>Called through io_uring.</summary>
    Uring = 2,

    /// <summary>There was more than there is room for.</summary>
    Truncated = 4,

    /// <summary>The process was sent SIGKILL by the program in the kernel.</summary>
    Killed = 8,
}
