namespace Skerry.Oci.Trust.Certificates;

/// <summary>When something is to be trusted; both ends belong to it.</summary>
/// <param name="End">Null while it has no end.</param>
public readonly record struct ValidPeriod(DateTimeOffset Start, DateTimeOffset? End)
{
    /// <summary>Whether a time is in it.</summary>
    public bool Covers(DateTimeOffset time) => Start <= time && (End is not { } end || time <= end);
}
