namespace Skerry.Node.Sensors.Drift;

/// <summary>What the log says of programs that cannot be refused.</summary>
internal static partial class DriftLog
{
    [LoggerMessage(55, LogLevel.Error, "trust: programs of container {Container} that are not of its image cannot be refused before they run: {Reason}; {Instead}")]
    internal static partial void DriftNotRefused(this ILogger log, string container, string reason, string instead);
}
