namespace Skerry.Node.Isolation.Microvm;

/// <summary>What the tier says in the log.</summary>
internal static partial class MicrovmLog
{
    [LoggerMessage(60, LogLevel.Information, "microvm: a template of {Shape} for {Domain} was made in {Milliseconds} ms; it takes {Mebibytes} MiB")]
    internal static partial void TemplateMade(this ILogger log, string shape, string domain, long milliseconds, long mebibytes);

    [LoggerMessage(61, LogLevel.Warning, "microvm: no template of {Shape} for {Domain}: {Reason}; such pods boot cold, and it is tried again in {Minutes} min")]
    internal static partial void TemplateFailed(this ILogger log, string shape, string domain, string reason, int minutes);

    [LoggerMessage(62, LogLevel.Information, "microvm: a machine of {Shape} waits for a pod of {Domain}; it was made in {Milliseconds} ms and takes {Mebibytes} MiB")]
    internal static partial void MachineParked(this ILogger log, string shape, string domain, long milliseconds, long mebibytes);

    [LoggerMessage(63, LogLevel.Warning, "microvm: no machine of {Shape} that waits for pods of {Domain}: {Reason}; such pods start from the template, and it is tried again in {Minutes} min")]
    internal static partial void ParkingFailed(this ILogger log, string shape, string domain, string reason, int minutes);

    [LoggerMessage(64, LogLevel.Warning, "microvm: of the machine {Id}, which waited for a pod, something is left: {Reason}; the next start of the node removes it")]
    internal static partial void ParkedLeft(this ILogger log, string id, string reason);

    [LoggerMessage(66, LogLevel.Information, "microvm: merge_memory: {What}")]
    internal static partial void Merging(this ILogger log, string what);

    [LoggerMessage(65, LogLevel.Warning, "microvm: a machine that waited could not be given to pod {Name}: {Reason}; the pod starts without it")]
    internal static partial void TakingFailed(this ILogger log, string name, string reason);
}
