namespace Skerry.Guard.Recorder;

/// <summary>Bytes that are no recording: where, and why.</summary>
public sealed class RecordFormatException(string message) : Exception(message);
