using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Skerry.Linux.Bpf;

/// <summary>struct answer, bpf/include/contract.h: one thing that the warden did.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct WardenAnswer
{
    /// <summary>CLOCK_MONOTONIC.</summary>
    public ulong Time;

    /// <summary>CLOCK_BOOTTIME, which goes on while the machine sleeps.</summary>
    public ulong Boot;

    /// <summary>The first 16 digits of the container's identifier.</summary>
    public ulong Container;

    /// <summary>Number of the process on the node.</summary>
    public uint Process;

    /// <summary>What was done.</summary>
    public WardenAnswerKind Kind;

    /// <summary>By which flag it was denied; none for kills.</summary>
    public BoundFlags Cause;

    /// <summary>The number that x86-64 has for the call; 0 where it is not known, or nothing was forbidden.</summary>
    public uint Call;

    /// <summary>Family of what was denied.</summary>
    public ushort Family;

    /// <summary>Port that was asked for.</summary>
    public ushort Port;

    /// <summary>SOCK_STREAM and so on.</summary>
    public ushort Type;

    /// <summary>Protocol.</summary>
    public ushort Protocol;

    /// <summary>Address that was asked for; IPv4 has the first four bytes.</summary>
    public DescriptorState.AddressBytes Address;

    /// <summary>Name of the process, with a NUL where it is shorter.</summary>
    public ProcessName Name;

    /// <summary>The program as it was called, with a NUL.</summary>
    public ProgramName Program;

    /// <summary>comm of a task.</summary>
    [InlineArray(16)]
    public struct ProcessName
    {
        private byte _first;
    }

    /// <summary>The beginning of a path.</summary>
    [InlineArray(128)]
    public struct ProgramName
    {
        private byte _first;
    }
}
