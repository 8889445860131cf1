using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Skerry.Linux.Bpf;

/// <summary>struct process_state, bpf/include/contract.h: what the start of a program changes of a process.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ProcessState
{
    /// <summary>Permitted capabilities.</summary>
    public ulong Permitted;

    /// <summary>Inheritable capabilities.</summary>
    public ulong Inheritable;

    /// <summary>Effective capabilities.</summary>
    public ulong Effective;

    /// <summary>Inode of the program.</summary>
    public ulong ProgramInode;

    /// <summary>Its change time, nanoseconds since 1970.</summary>
    public ulong ProgramChanged;

    /// <summary>Its modification time, nanoseconds since 1970.</summary>
    public ulong ProgramModified;

    /// <summary>Start of the first process of the pid namespace since boot, nanoseconds.</summary>
    public ulong NamespaceStart;

    /// <summary>Owner of the program.</summary>
    public uint ProgramOwner;

    /// <summary>Group of the program.</summary>
    public uint ProgramGroup;

    /// <summary>Session, as the process sees it; 0 for one from outside of its namespace.</summary>
    public uint Session;

    /// <summary>Process group, as the node sees it.</summary>
    public uint Group;

    /// <summary>Process group, as the process sees it.</summary>
    public uint VirtualGroup;

    /// <summary>Terminal: major × 1048576 + minor; 0 for none.</summary>
    public uint Terminal;

    /// <summary>Mode of the program.</summary>
    public ushort ProgramMode;

    /// <summary>Layer of the program.</summary>
    public FileLayer ProgramLayer;

    /// <summary>1 where no name leads to the program any more.</summary>
    public byte ProgramUnlinked;

    /// <summary>Type bits of the modes of descriptors 0, 1 and 2; 0 where closed.</summary>
    public Three Streams;

    /// <summary>Families of sockets among them.</summary>
    public Three StreamFamilies;

    /// <summary>The kernel's name of the process, filled with NUL.</summary>
    public NameBytes Name;

    /// <summary>One value for each standard stream.</summary>
    [InlineArray(3)]
    public struct Three
    {
        private ushort _first;
    }

    /// <summary>TASK_COMM_LEN.</summary>
    [InlineArray(16)]
    public struct NameBytes
    {
        private byte _first;
    }
}
