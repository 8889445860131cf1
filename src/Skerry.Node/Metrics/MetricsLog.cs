namespace Skerry.Node.Metrics;

/// <summary>What the metrics' export says in the log.</summary>
internal static partial class MetricsLog
{
    [LoggerMessage(40, LogLevel.Warning, "metrics are not sent to {Endpoint}: {Reason}; tried again with growing pauses, and said again when it works. Nothing is lost but the values in between")]
    internal static partial void ExportFailed(this ILogger log, string endpoint, string reason);

    [LoggerMessage(41, LogLevel.Information, "metrics are sent to {Endpoint} again, after {Failures} attempts that failed")]
    internal static partial void ExportWorks(this ILogger log, string endpoint, int failures);
}
