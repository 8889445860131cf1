namespace Skerry.Guard.Recorder;

/// <summary>Bytes of a segment that are no whole block.</summary>
/// <param name="Offset">Where they begin.</param>
/// <param name="Length">How many.</param>
/// <param name="Reason">Why they are none.</param>
/// <param name="IsTail">True where nothing follows: what a power cut leaves, or a block that is just being written.</param>
public sealed record RecordDamage(long Offset, long Length, string Reason, bool IsTail)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Length} bytes at {Offset}: {Reason}";
}
