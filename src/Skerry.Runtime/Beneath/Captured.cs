namespace Skerry.Runtime.Beneath;

/// <summary>What a call of the runtime beneath came to.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote to standard output: the answer.</param>
/// <param name="Error">What it wrote to standard error: warnings, or why it failed.</param>
internal sealed record Captured(int ExitCode, string Output, string Error)
{
    /// <summary>Why it failed, in its own words.</summary>
    internal string Reason => (Error.Trim() + "\n" + Output.Trim()).Trim();
}
