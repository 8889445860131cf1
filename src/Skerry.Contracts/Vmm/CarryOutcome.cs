namespace Skerry.Contracts.Vmm;

/// <summary>How a container in a guest ended, as its carrier wrote it down for the node. The guest is not trusted: whoever reads this bounds it.</summary>
public sealed record CarryOutcome
{
    /// <summary>Most characters of <see cref="Reason"/>.</summary>
    public const int MaxReason = 2048;

    /// <summary>Name of an empty file beside the outcome: the program has begun.</summary>
    public const string StartedMark = "started";

    /// <summary>128 + signal, or the program's own; 125, 126, 127: it could not be started.</summary>
    public required int Code { get; init; }

    /// <summary>It used more memory than its limit.</summary>
    public bool OomKilled { get; init; }

    /// <summary>It was the machine, its holder or the carrier that ended, and not the container by itself.</summary>
    public bool IsBroken { get; init; }

    /// <summary>There never was a program.</summary>
    public bool NeverStarted { get; init; }

    /// <summary>What went wrong; empty: nothing.</summary>
    public required string Reason { get; init; }
}
