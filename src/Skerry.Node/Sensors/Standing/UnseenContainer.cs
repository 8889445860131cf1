using Skerry.Guard.Recorder;
using Skerry.Node.Sensors.Alerts;

namespace Skerry.Node.Sensors.Standing;

/// <summary>A container that went on while no sensor was there.</summary>
/// <param name="Place">Which.</param>
/// <param name="Namespace">Namespace of its pod.</param>
/// <param name="Started">When it was started, nanoseconds since 1970.</param>
/// <param name="To">When it was watched again, or was found to have ended.</param>
/// <param name="HasEnded">It ended meanwhile.</param>
internal sealed record UnseenContainer(AlertPlace Place, string Namespace, long Started, long To, bool HasEnded)
{
    /// <summary>From when on nobody saw it: a start that came later than the sensor's last sight was not seen either.</summary>
    /// <param name="last">When the sensor was last known to see.</param>
    internal long From(long last) => Math.Min(Math.Max(last, Started), To);

    /// <summary>The same as the recording has it.</summary>
    /// <param name="last">When the last event was recorded for certain.</param>
    internal RecordLoss Loss(long last) => new(LossKind.Away, From(last), To, 0, string.Empty, Place.ContainerId, Place.Container, Place.Pod, Namespace);
}
