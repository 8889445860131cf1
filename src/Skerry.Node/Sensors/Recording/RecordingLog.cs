namespace Skerry.Node.Sensors.Recording;

/// <summary>What the recorder says in the log.</summary>
internal static partial class RecordingLog
{
    [LoggerMessage(81, LogLevel.Warning, "{Directory}: {Bytes} bytes at the end were no whole block and are cut off, as after a power cut")]
    internal static partial void RecordingCut(this ILogger log, string directory, long bytes);

    [LoggerMessage(82, LogLevel.Error, "kernel events are not recorded: {Problem}")]
    internal static partial void RecordingStopped(this ILogger log, string problem);

    [LoggerMessage(83, LogLevel.Information, "kernel events are recorded again")]
    internal static partial void RecordingGoesOn(this ILogger log);
}
