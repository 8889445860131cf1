namespace Skerry.Cli;

/// <summary>
/// A command that failed in a foreseen way: what a person reads (<c>skerry: MESSAGE</c>, <c>  next: NEXT</c>) and what the
/// shell gets.
/// </summary>
internal sealed class CliFailure(string message, string? next = null, int exitCode = ExitCodes.Failed, Exception? cause = null)
    : Exception(message, cause)
{
    /// <summary>What to do about it, or null.</summary>
    internal string? Next { get; } = next;

    /// <summary>The exit code, see <see cref="ExitCodes"/>.</summary>
    internal int ExitCode { get; } = exitCode;

    /// <summary>A mistake in the command line itself.</summary>
    internal static CliFailure Usage(string message, string? next = null) => new(message, next, ExitCodes.Usage);
}
