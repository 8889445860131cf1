namespace Skerry.Cli;

/// <summary>The exit codes that scripts rely on; any other is the container's own.</summary>
internal static class ExitCodes
{
    internal const int Ok = 0;
    internal const int Failed = 1;
    internal const int Usage = 2;

    /// <summary>Skerry could not start the container.</summary>
    internal const int NotStarted = 125;

    /// <summary>The command in the container cannot be invoked.</summary>
    internal const int CannotInvoke = 126;

    /// <summary>The command is not in the container.</summary>
    internal const int NotFound = 127;

    /// <summary>Added to a signal's number.</summary>
    internal const int SignalBase = 128;

    /// <summary>Standard output was closed by its reader: as if by SIGPIPE.</summary>
    internal const int OutputClosed = SignalBase + 13;
}
