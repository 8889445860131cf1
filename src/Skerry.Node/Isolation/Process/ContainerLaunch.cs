using Skerry.Linux;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Process;

/// <summary>What an isolator needs to make one container.</summary>
internal sealed record ContainerLaunch
{
    /// <summary>Container id.</summary>
    public required string Id { get; init; }

    /// <summary>The bundle, on the run directory.</summary>
    public required string Bundle { get; init; }

    /// <summary>The writable directory, on the root.</summary>
    public required string Writable { get; init; }

    /// <summary>Layer directories, bottom first.</summary>
    public required IReadOnlyList<string> Layers { get; init; }

    /// <summary>The pod's user namespace; null: the host's.</summary>
    public FileDescriptor? Users { get; init; }

    /// <summary>The host id of the container's id 0; 0 without a user namespace.</summary>
    public uint FirstUserId { get; init; }

    /// <summary>The log; null: none.</summary>
    public string? LogPath { get; init; }

    /// <summary>The log starts again from nothing beyond this; 0: no limit.</summary>
    public long LogSizeMax { get; init; }

    /// <summary>Give it a pseudo terminal.</summary>
    public bool Terminal { get; init; }

    /// <summary>Give it a standard input.</summary>
    public bool Stdin { get; init; }

    /// <summary>Its standard input ends when a client that was attached leaves.</summary>
    public bool StdinOnce { get; init; }

    /// <summary>The writable layer is thrown away with the container: writes need not reach the medium.</summary>
    public bool IsEphemeral { get; init; }

    /// <summary>Where the monitor goes.</summary>
    public MonitorGroup MonitorGroup { get; init; } = new(null, IsContainers: false);

    /// <summary>What the runtime needs around it.</summary>
    public RuntimeSurroundings Surroundings { get; init; } = RuntimeSurroundings.None;

    /// <summary>Computes the plan, when the root file system is mounted at the path given (the user is resolved inside it).</summary>
    public required Func<string, ContainerPlan> Plan { get; init; }
}
