using System.Runtime.InteropServices;

namespace Skerry.Linux.Bpf;

/// <summary>struct tally, bpf/include/contract.h: how much the warden did.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct WardenTally(ulong Killed, ulong Denied, ulong Untold)
{
    /// <summary>What came on top of an earlier tally.</summary>
    public readonly WardenTally Since(in WardenTally before) => new(Killed - before.Killed, Denied - before.Denied, Untold - before.Untold);
}
