using Skerry.Linux;

namespace Skerry.Node.Sensors.Responses;

/// <summary>A pod that is being maintained.</summary>
/// <param name="PodId">The pod.</param>
/// <param name="Pod">Its name.</param>
/// <param name="Until">When it is over, nanoseconds since boot (CLOCK_BOOTTIME).</param>
/// <param name="Reason">Why, in somebody's words.</param>
/// <param name="Who">Who said so.</param>
internal sealed record MaintenanceWindow(string PodId, string Pod, long Until, string Reason, string Who)
{
    /// <summary>How long it lasts from now.</summary>
    internal TimeSpan Left => TimeSpan.FromTicks(Math.Max(0, Until - KernelClock.Boot) / 100);
}
