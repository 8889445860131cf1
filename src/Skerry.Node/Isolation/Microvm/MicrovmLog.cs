namespace Skerry.Node.Isolation.Microvm;

/// <summary>What the tier says in the log.</summary>
internal static partial class MicrovmLog
{
    [LoggerMessage(60, LogLevel.Information, "microvm: a template of {Shape} for {Domain} was made in {Milliseconds} ms; it takes {Mebibytes} MiB")]
    internal static partial void TemplateMade(this ILogger log, string shape, string domain, long milliseconds, long mebibytes);

    [LoggerMessage(61, LogLevel.Warning, "microvm: no template of {Shape} for {Domain}: {Reason}; such pods boot cold, and it is tried again in {Minutes} min")]
    internal static partial void TemplateFailed(this ILogger log, string shape, string domain, string reason, int minutes);
}
