namespace Skerry.Guard.Recorder;

/// <summary>What happened and was seen by nobody, so that it is not in the recording.</summary>
/// <param name="Kind">Why.</param>
/// <param name="From">Not before, nanoseconds since 1970.</param>
/// <param name="To">Not after.</param>
/// <param name="Count">Number of events; 0 where nobody knows.</param>
/// <param name="What">Kind of the events ("openat"); empty for any.</param>
/// <param name="Container">Whole identifier of the container; empty where it can be any.</param>
/// <param name="Name">Name of the container.</param>
/// <param name="Pod">Name of its pod.</param>
/// <param name="Namespace">Namespace of the pod.</param>
public sealed record RecordLoss(LossKind Kind, long From, long To, ulong Count, string What = "", string Container = "", string Name = "", string Pod = "", string Namespace = "")
{
    /// <summary>Both as one, where they differ in time and number alone; null where they do not.</summary>
    public RecordLoss? With(RecordLoss other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return this with { From = 0, To = 0, Count = 0 } == other with { From = 0, To = 0, Count = 0 }
            ? this with { From = Math.Min(From, other.From), To = Math.Max(To, other.To), Count = Count + other.Count } : null;
    }
}
