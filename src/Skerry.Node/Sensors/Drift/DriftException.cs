namespace Skerry.Node.Sensors.Drift;

/// <summary>Programs of a container cannot be told from others before they run.</summary>
internal sealed class DriftException(string message) : IOException(message);
