using System.Runtime.InteropServices;

namespace Skerry.Linux.Bpf;

/// <summary>struct settings, bpf/include/contract.h: set before the programs are loaded.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SensorSettings
{
    /// <summary>Nanoseconds that a quiet container may catch up.</summary>
    public ulong Burst;

    /// <summary>Nanoseconds of one event at the limit of a container; 0 for no limit.</summary>
    public uint Interval;

    /// <summary>Unread bytes in the ring at which the reader is woken.</summary>
    public uint WakeBytes;

    /// <summary>Unread bytes in the ring at which calls find no room: the rest is for starts, forks and ends. Set by <see cref="SensorPrograms.Load"/>.</summary>
    internal uint CallBytes;

    private readonly uint _reserved;
}
