using Skerry.Linux.Interop;

namespace Skerry.Linux.Machine;

/// <summary>What the kernel knows of its clock.</summary>
public static class KernelClock
{
    /// <summary>Whether something keeps the clock right (NTP, PTP, a GPS receiver) and has told the kernel so. False where the kernel does not say.</summary>
    public static unsafe bool IsSynchronised
    {
        get
        {
            // modes, the first field, is 0: nothing is changed
            var buffer = stackalloc byte[Timex.Size];
            new Span<byte>(buffer, Timex.Size).Clear();
            return Timex.Adjtimex(buffer) is >= 0 and not Timex.TimeError;
        }
    }
}
