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

    /// <summary>Not 0: the kernel's structures are read by calls, as on kernels before Linux 6.2, where they cannot be read by loads. 0: by loads where the kernel takes those programs.</summary>
    public uint CallsAlone;
}
