namespace Skerry.Node.Isolation.Process;

/// <summary>Programs and places of the process tier, as the trial and the configuration gave them.</summary>
internal sealed record ProcessIsolatorOptions
{
    /// <summary>Absolute path of crun or runc.</summary>
    public required string RuntimePath { get; init; }

    /// <summary>Absolute path of conmon.</summary>
    public required string MonitorPath { get; init; }

    /// <summary>The runtime's state directory.</summary>
    public required string RuntimeState { get; init; }

    /// <summary>Where root file systems are mounted, each in a mount namespace of its own.</summary>
    public required string StageDirectory { get; init; }

    /// <summary>A cgroup v2 mount point that the runtime must not see, or null.</summary>
    public string? HiddenCgroupMount { get; init; }
}
