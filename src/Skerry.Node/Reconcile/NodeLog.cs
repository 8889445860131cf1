namespace Skerry.Node.Reconcile;

/// <summary>What the reconciler says in the log.</summary>
internal static partial class NodeLog
{
    [LoggerMessage(1, LogLevel.Error, "pod {Pod}: reconciling failed")]
    internal static partial void ReconcileFailed(this ILogger log, string pod, Exception error);

    [LoggerMessage(2, LogLevel.Warning, "pod {Pod}: container {Container} could not be started again: {Reason}")]
    internal static partial void RestartFailed(this ILogger log, string pod, string container, string reason);

    [LoggerMessage(3, LogLevel.Warning, "container {Container}: could not be cleaned up yet: {Reason}; the next start of the daemon tries again")]
    internal static partial void LeftBehind(this ILogger log, string container, string reason);

    [LoggerMessage(4, LogLevel.Information, "adopted {Running} running containers of {Pods} pods; {Ended} had ended meanwhile")]
    internal static partial void Adopted(this ILogger log, int pods, int running, int ended);

    [LoggerMessage(5, LogLevel.Information, "swept {What} {Name}: it has no owner in the journal")]
    internal static partial void Swept(this ILogger log, string what, string name);

    [LoggerMessage(6, LogLevel.Information, "the machine was restarted: starting again what should run")]
    internal static partial void Rebooted(this ILogger log);

    [LoggerMessage(7, LogLevel.Information, "skerryd {Version} is ready on {Address} (root {Root}, OCI runtime {Runtime})")]
    internal static partial void Ready(this ILogger log, string version, string address, string root, string runtime);

    [LoggerMessage(57, LogLevel.Error, "the rules of the guard were not loaded anew; those from before stay")]
    internal static partial void ReloadFailed(this ILogger log, Exception error);

    [LoggerMessage(8, LogLevel.Error, "skerryd cannot start: {Reason}")]
    internal static partial void CannotStart(this ILogger log, string reason);

    [LoggerMessage(9, LogLevel.Warning, "a call to {Method} failed unexpectedly")]
    internal static partial void CallFailed(this ILogger log, string method, Exception error);

    [LoggerMessage(30, LogLevel.Warning, "pod {Pod}: moved from tier {From} to {To}: {Reason}")]
    internal static partial void TierMoved(this ILogger log, string pod, string from, string to, string reason);

    [LoggerMessage(31, LogLevel.Warning, "pod {Pod}: tier {Tier} broke and the pod stays where it is: {Reason}")]
    internal static partial void TierKept(this ILogger log, string pod, string tier, string reason);

    [LoggerMessage(32, LogLevel.Information, "what tiers work here could not be found out: {Reason}; it is tried again when somebody asks")]
    internal static partial void TrialsFailed(this ILogger log, string reason);

    [LoggerMessage(33, LogLevel.Warning, "{Reason}; what runs goes on, and the next entry that can be written says what is missing")]
    internal static partial void AuditFailed(this ILogger log, string reason);

    [LoggerMessage(34, LogLevel.Error, "{Trouble}")]
    internal static partial void AuditTrouble(this ILogger log, string trouble);

    [LoggerMessage(11, LogLevel.Warning, "pod {Pod}: the image of container {Container} names the stop signal '{Signal}', which is none: SIGTERM is sent; --stop-signal names another")]
    internal static partial void StopSignalUnknown(this ILogger log, string pod, string container, string signal);

    [LoggerMessage(10, LogLevel.Warning, "{Damage}")]
    internal static partial void ImageDamaged(this ILogger log, string damage);
}
