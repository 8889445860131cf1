using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Timestamps;

/// <summary>A time that somebody who is trusted vouches for.</summary>
/// <param name="Accuracy">How far the true time may be from it.</param>
/// <param name="Source">Who vouches, in words.</param>
internal readonly record struct ProvenTime(DateTimeOffset Time, TimeSpan Accuracy, string Source)
{
    public DateTimeOffset Earliest => Time - Accuracy;

    public DateTimeOffset Latest => TimeSum.Of(Time, Accuracy);
}
