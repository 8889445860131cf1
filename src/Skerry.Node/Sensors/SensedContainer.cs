using Skerry.Guard.Events;
using Skerry.Linux.Processes;

namespace Skerry.Node.Sensors;

/// <summary>A container that the sensor watches.</summary>
internal sealed class SensedContainer
{
    private int _isCondemned;

    /// <summary>Its number in records.</summary>
    public required uint Number { get; init; }

    /// <summary>Container id.</summary>
    public required string Id { get; init; }

    /// <summary>Pod id.</summary>
    public required string PodId { get; init; }

    /// <summary>Inode of its pid namespace; 0 where its processes are not the node's.</summary>
    public required uint PidNamespace { get; init; }

    /// <summary>System calls end in a kernel of its own, which tells of them itself; numbers of its processes are that kernel's.</summary>
    public bool HasOwnKernel { get; init; }

    /// <summary>It has a terminal.</summary>
    public bool HasTerminal { get; init; }

    /// <summary>Says which layer a program is from, where its kernel does not.</summary>
    public Gvisor.ProgramLayers? Layers { get; init; }

    /// <summary>Its first process.</summary>
    public required ProcessIdentity First { get; init; }

    /// <summary>What rules are told of it.</summary>
    public required ContainerFacts Facts { get; init; }

    /// <summary>Names of its users.</summary>
    public required UserBook Users { get; init; }

    /// <summary>Programs that are not of its image, or have no file, are killed by the kernel, whatever the configuration says: its trust policy denies them.</summary>
    public bool DeniesDrift { get; init; }

    /// <summary>Its processes that are known; of the sensor's thread.</summary>
    internal int ProcessCount { get; set; }

    /// <summary>It was killed as a whole: nothing less follows in it any more. Of any thread.</summary>
    internal bool IsCondemned => Volatile.Read(ref _isCondemned) != 0;

    /// <summary>Kills it as a whole. False: it was killed before, or is gone.</summary>
    /// <exception cref="Linux.LinuxException">The kernel refused.</exception>
    internal bool End()
    {
        const int Kill = 9; // SIGKILL
        if (Interlocked.Exchange(ref _isCondemned, 1) != 0)
        {
            return false;
        }

        try
        {
            return First.Signal(Kill);
        }
        catch (Linux.LinuxException)
        {
            Volatile.Write(ref _isCondemned, 0);
            throw;
        }
    }

    /// <summary>What is like no other process's: its number among those of its kernel.</summary>
    internal ulong KeyOf(uint process) => HasOwnKernel ? ((ulong)Number << 32) | process : process;

    /// <summary>Says where its paths lead, where its kernel does not.</summary>
    public Gvisor.RealPaths? Links { get; init; }

    /// <summary>When it ended (CLOCK_MONOTONIC); null while it runs. What is in the ring of it is told for a while longer.</summary>
    internal long? EndedAt { get; set; }
}
