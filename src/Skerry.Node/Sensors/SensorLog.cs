namespace Skerry.Node.Sensors;

/// <summary>What the guard says in the log.</summary>
internal static partial class SensorLog
{
    [LoggerMessage(40, LogLevel.Information, "guard: {Rules} rules watch {Calls} kinds of system calls; the sensor runs{RealTime}")]
    internal static partial void SensorRuns(this ILogger log, int rules, int calls, string realTime);

    [LoggerMessage(41, LogLevel.Warning, "guard: containers are not watched: {Reason}")]
    internal static partial void SensorMissing(this ILogger log, string reason);

    [LoggerMessage(42, LogLevel.Error, "guard: the sensor stopped; pods run on and are not watched: {Reason}")]
    internal static partial void SensorStopped(this ILogger log, string reason);

    [LoggerMessage(56, LogLevel.Error, "guard: an event was not understood, and nothing judged it: {Reason}")]
    internal static partial void SensorStumbled(this ILogger log, string reason);

    [LoggerMessage(43, LogLevel.Warning, "alert {Priority}: {Rule} in {Pod}: {Output} [{Action}: {Outcome}]")]
    internal static partial void Alert(this ILogger log, string priority, string rule, string pod, string output, string action, string outcome);

    [LoggerMessage(44, LogLevel.Error, "guard: alerts cannot be kept in {Path}: {Reason}")]
    internal static partial void AlertFileBroken(this ILogger log, string path, string reason);

    [LoggerMessage(45, LogLevel.Warning, "guard: {Warning}")]
    internal static partial void RuleWarning(this ILogger log, string warning);

    [LoggerMessage(46, LogLevel.Error, "guard: rules were not loaded anew, the old ones stay: {Reason}")]
    internal static partial void RulesRefused(this ILogger log, string reason);

    [LoggerMessage(47, LogLevel.Warning, "guard: {Lost} events were lost and {Limited} were over the limit of their container")]
    internal static partial void EventsLost(this ILogger log, long lost, long limited);

    [LoggerMessage(49, LogLevel.Error, "guard: {Action} of container {Container}, for which rule {Rule} asked, failed: {Reason}")]
    internal static partial void ResponseFailed(this ILogger log, string action, string container, string rule, string reason);

    [LoggerMessage(50, LogLevel.Warning, "guard: {Count} alerts were left out: their rules fired too often")]
    internal static partial void AlertsSuppressed(this ILogger log, long count);

    [LoggerMessage(52, LogLevel.Error, "guard: what the kernel answers by itself ends with this daemon, or does not work: {Reason}")]
    internal static partial void WardenMissing(this ILogger log, string reason);

    [LoggerMessage(53, LogLevel.Warning, "guard: while no skerryd was there the kernel killed {Killed} programs and denied {Denied} connections, starts and calls")]
    internal static partial void AnsweredWhileAway(this ILogger log, ulong killed, ulong denied);

    [LoggerMessage(58, LogLevel.Warning, "guard: {Sentence}")]
    internal static partial void SensorWasAway(this ILogger log, string sentence);

    [LoggerMessage(48, LogLevel.Warning, "guard: container {Container} is not watched: {Reason}")]
    internal static partial void ContainerMissed(this ILogger log, string container, string reason);
}
