namespace Skerry.Node.Api;

/// <summary>What the doors say in the log.</summary>
internal static partial class ApiLog
{
    [LoggerMessage(101, LogLevel.Warning, "refused a connection of process {Pid}, user {Uid}: only root may use this socket (api.group in skerry.toml lets a group in)")]
    internal static partial void PeerRefused(this ILogger log, int pid, uint uid);
}
