using System.Runtime.InteropServices;

namespace Skerry.Linux.Bpf;

/// <summary>struct call_plan, bpf/include/contract.h: how the sensor tells one system call. -1: there is no such argument.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct CallPlan
{
    /// <summary>The descriptor is what the call returned.</summary>
    public const sbyte FromResult = 7;

    /// <summary>Which program tells it.</summary>
    public CallHandler Handler;

    /// <summary>More about it.</summary>
    public CallFlags Flags;

    /// <summary>Argument that is the first text.</summary>
    public sbyte Text0;

    /// <summary>Argument that is the second text.</summary>
    public sbyte Text1;

    /// <summary>Argument that is the third text.</summary>
    public sbyte Text2;

    /// <summary>Argument with the directory that the first text is relative to.</summary>
    public sbyte Directory0;

    /// <summary>Argument with the directory that the second text is relative to.</summary>
    public sbyte Directory1;

    /// <summary>Argument that is the descriptor, or <see cref="FromResult"/>.</summary>
    public sbyte Descriptor;

    /// <summary>Argument that points to an address.</summary>
    public sbyte Address;

    private readonly byte _reserved0;
    private readonly ushort _reserved1;
    private readonly uint _reserved2;
}
