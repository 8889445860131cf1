namespace Skerry.Node.Sensors.Recording;

/// <summary>How recording goes.</summary>
/// <param name="Stopped">Why nothing is recorded at the moment; null while something is.</param>
/// <param name="Events">Events that were recorded, or wait to be.</param>
/// <param name="Lost">Events that found no room in memory, or none on the disk.</param>
/// <param name="Unrecordable">Events that are larger than a block may be.</param>
/// <param name="Bytes">Bytes on disk.</param>
/// <param name="Segments">Files on disk.</param>
/// <param name="Quota">Most bytes on disk.</param>
internal sealed record RecorderState(string? Stopped, ulong Events, ulong Lost, ulong Unrecordable, long Bytes, int Segments, long Quota);
