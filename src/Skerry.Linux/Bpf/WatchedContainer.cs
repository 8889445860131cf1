using System.Runtime.InteropServices;

namespace Skerry.Linux.Bpf;

/// <summary>struct watched, bpf/include/contract.h: a container whose events are told.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct WatchedContainer
{
    /// <summary>Stands for this process itself in records.</summary>
    public const uint Canary = uint.MaxValue;

    /// <summary>The kernel's side keeps its rate limit here.</summary>
    public ulong Next;

    /// <summary>The node's number for it, in every record.</summary>
    public uint Container;

    /// <summary>How its programs are met when they start.</summary>
    public StartFlags Flags;
}
