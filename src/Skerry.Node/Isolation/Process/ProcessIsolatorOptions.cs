using Skerry.Linux;

namespace Skerry.Node.Isolation.Process;

/// <summary>Programs and places, as the trial and the configuration gave them.</summary>
internal sealed record ProcessIsolatorOptions
{
    /// <summary>Absolute path of the OCI runtime.</summary>
    public required string RuntimePath { get; init; }

    /// <summary>Absolute path of conmon.</summary>
    public required string MonitorPath { get; init; }

    /// <summary>The runtime's state directory.</summary>
    public required string RuntimeState { get; init; }

    /// <summary>How it keeps its state.</summary>
    public required RuntimeDialect Dialect { get; init; }

    /// <summary>What the monitor calls in the runtime's place for an exec on a terminal; null: the runtime.</summary>
    public string? TerminalExecPath { get; init; }

    /// <summary>The network namespace in which calls for a container must be made, because its monitor is in it; null: the node's.</summary>
    public Func<string, FileDescriptor?> NetworkOf { get; init; } = static _ => null;
}
