using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Runtime;

/// <summary>The OCI runtime that a trial picked, and how it must be used.</summary>
internal sealed record RuntimeChoice
{
    /// <summary>crun or runc.</summary>
    public required RuntimeKind Kind { get; init; }

    /// <summary>Absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>First line of <c>--version</c>.</summary>
    public required string Version { get; init; }

    /// <summary>How it must see control groups.</summary>
    public required RuntimeView View { get; init; }

    /// <summary>Whether it can install a device filter.</summary>
    public required bool DeviceCgroup { get; init; }

    /// <summary>How long the trial container took, from start to gone.</summary>
    public required TimeSpan Took { get; init; }
}

/// <summary>One thing that was tried.</summary>
/// <param name="Name">crun or runc.</param>
/// <param name="Works">A container ran as it should.</param>
/// <param name="Detail">Version and view, or what was tried.</param>
/// <param name="Reason">Why not, and what would make it possible; empty when it works.</param>
internal sealed record RuntimeVerdict(string Name, bool Works, string Detail, string Reason);

/// <summary>The outcome of all trials: the choice, if any, and every verdict for <c>skerry node</c>.</summary>
internal sealed record RuntimeTrialResult(RuntimeChoice? Choice, IReadOnlyList<RuntimeVerdict> Verdicts);
