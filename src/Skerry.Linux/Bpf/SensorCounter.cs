using System.Runtime.InteropServices;

namespace Skerry.Linux.Bpf;

/// <summary>struct counter, bpf/include/contract.h: what became of the events of one kind.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SensorCounter
{
    /// <summary>Number of kinds that are counted: calls by their numbers, then starts, forks and ends.</summary>
    public const int Kinds = 515;

    /// <summary>Index of programs that were started.</summary>
    public const int Exec = 512;

    /// <summary>Index of processes that were made.</summary>
    public const int Fork = 513;

    /// <summary>Index of processes that ended.</summary>
    public const int Exit = 514;

    /// <summary>Happened in watched containers.</summary>
    public ulong Seen;

    /// <summary>Are, or were, in the ring.</summary>
    public ulong Sent;

    /// <summary>Found no room in the ring.</summary>
    public ulong Lost;

    /// <summary>Were over the limit of their container.</summary>
    public ulong Limited;

    /// <summary>Adds another count.</summary>
    public void Add(in SensorCounter other)
    {
        Seen += other.Seen;
        Sent += other.Sent;
        Lost += other.Lost;
        Limited += other.Limited;
    }
}
