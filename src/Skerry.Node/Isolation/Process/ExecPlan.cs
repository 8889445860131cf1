using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Process;

/// <summary>A further process in a running container.</summary>
internal sealed record ExecPlan
{
    /// <summary>Program and arguments.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>KEY=VALUE, added to the container's.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>Empty: the container's.</summary>
    public string WorkingDirectory { get; init; } = string.Empty;

    /// <summary>Null: the container's.</summary>
    public ResolvedUser? User { get; init; }

    /// <summary>Give it a pseudo terminal.</summary>
    public bool Terminal { get; init; }

    /// <summary>The runtime gives the program the capabilities of the document, whoever its user is (see <see cref="OciSpec.Own"/>).</summary>
    public bool LiteralCapabilities { get; init; }

    /// <summary>Give it a standard input.</summary>
    public bool Stdin { get; init; }
}
