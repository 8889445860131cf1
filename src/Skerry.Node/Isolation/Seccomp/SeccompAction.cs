using Skerry.Linux;

namespace Skerry.Node.Isolation.Seccomp;

/// <summary>What a filter returns for a call (seccomp(2)); the value goes into the filter as it is.</summary>
/// <param name="Value">SECCOMP_RET_* with its data bits.</param>
internal readonly record struct SeccompAction(uint Value)
{
    // include/uapi/linux/seccomp.h
    public static readonly SeccompAction KillProcess = new(0x80000000);
    public static readonly SeccompAction KillThread = new(0);
    public static readonly SeccompAction Trap = new(0x00030000);
    public static readonly SeccompAction Log = new(0x7ffc0000);
    public static readonly SeccompAction Allow = new(0x7fff0000);
    private const uint ErrnoBase = 0x00050000;
    private const uint TraceBase = 0x7ff00000;

    /// <summary>The call fails with this error.</summary>
    public static SeccompAction Errno(uint error) => new(ErrnoBase | (error & 0xffff));

    /// <summary>The call fails with this error.</summary>
    public static SeccompAction Errno(Errno error) => Errno((uint)error);

    /// <summary>A tracer is told, or the call fails with ENOSYS.</summary>
    public static SeccompAction Trace(uint data) => new(TraceBase | (data & 0xffff));

    /// <summary>The action's name in OCI JSON, and its error number where it has one.</summary>
    public (string Name, uint? Errno) ToOci() => Value switch
    {
        0x80000000 => ("SCMP_ACT_KILL_PROCESS", null),
        0 => ("SCMP_ACT_KILL_THREAD", null),
        0x00030000 => ("SCMP_ACT_TRAP", null),
        0x7ffc0000 => ("SCMP_ACT_LOG", null),
        0x7fff0000 => ("SCMP_ACT_ALLOW", null),
        _ when (Value & 0xffff0000) == ErrnoBase => ("SCMP_ACT_ERRNO", Value & 0xffff),
        _ when (Value & 0xffff0000) == TraceBase => ("SCMP_ACT_TRACE", Value & 0xffff),
        _ => throw new InvalidOperationException($"0x{Value:x8} is no seccomp action"),
    };
}
