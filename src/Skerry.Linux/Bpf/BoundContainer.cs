using System.Runtime.InteropServices;

namespace Skerry.Linux.Bpf;

/// <summary>struct bound, bpf/include/contract.h: a container that the warden holds.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct BoundContainer
{
    /// <summary>The kernel's side keeps its limit of telling here.</summary>
    public ulong Next;

    /// <summary>The first 16 digits of the container's identifier.</summary>
    public ulong Container;

    /// <summary>What holds for it.</summary>
    public BoundFlags Flags;

    /// <summary>The set of networks and ports that it may speak to.</summary>
    public uint Networks;
}
