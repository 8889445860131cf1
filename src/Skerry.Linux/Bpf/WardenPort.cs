using System.Runtime.InteropServices;

namespace Skerry.Linux.Bpf;

/// <summary>struct open_port, bpf/include/contract.h: a port of a set, open towards every network.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct WardenPort
{
    /// <summary>The set.</summary>
    public uint Set;

    /// <summary>The port.</summary>
    public uint Number;
}
