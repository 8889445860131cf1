using Skerry.Linux.Bpf;

namespace Skerry.Node.Sensors.Standing;

/// <summary>What the kernel did while no skerryd was there.</summary>
/// <param name="Tally">How much.</param>
/// <param name="Answers">What of it was kept, oldest first.</param>
internal sealed record AwayReport(WardenTally Tally, IReadOnlyList<WardenAnswer> Answers)
{
    /// <summary>Nothing.</summary>
    internal static readonly AwayReport None = new(default, []);

    /// <summary>Whether there is something to tell.</summary>
    internal bool IsEmpty => Tally.Killed + Tally.Denied == 0;
}
