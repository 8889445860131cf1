using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Skerry.Linux.Bpf;

/// <summary>struct record, bpf/include/contract.h: the head of what the sensor tells of one event.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct RecordHead
{
    /// <summary>CLOCK_MONOTONIC, nanoseconds.</summary>
    public ulong Time;

    /// <summary>Start of the process since boot, nanoseconds: with its number it is like no other's.</summary>
    public ulong Start;

    /// <summary>What a call returned; the status of wait(2) of an end; the process that made a new one, as the node sees it, which with CLONE_PARENT is not the parent.</summary>
    public long Result;

    /// <summary>Arguments of the call.</summary>
    public CallArguments Arguments;

    /// <summary>Bytes of head and sections.</summary>
    public uint Size;

    /// <summary>The number that the node gave the container.</summary>
    public uint Container;

    /// <summary>Process, as the node sees it.</summary>
    public uint Process;

    /// <summary>Thread, as the node sees it.</summary>
    public uint Thread;

    /// <summary>Parent, as the node sees it.</summary>
    public uint Parent;

    /// <summary>Process, as it sees itself.</summary>
    public uint VirtualProcess;

    /// <summary>Thread, as it sees itself.</summary>
    public uint VirtualThread;

    /// <summary>Effective user, as the kernel has it.</summary>
    public uint User;

    /// <summary>Effective group, as the kernel has it.</summary>
    public uint Group;

    /// <summary>User at login; uint.MaxValue for none.</summary>
    public uint Login;

    /// <summary>What it is of.</summary>
    public RecordKind Kind;

    /// <summary>Number of the call on x86-64.</summary>
    public ushort Call;

    /// <summary>More about it.</summary>
    public RecordFlags Flags;

    /// <summary>The processor.</summary>
    public ushort Processor;

    /// <summary>Six arguments.</summary>
    [InlineArray(6)]
    public struct CallArguments
    {
        private ulong _first;
    }
}
