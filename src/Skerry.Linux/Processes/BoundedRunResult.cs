namespace Skerry.Linux.Processes;

/// <summary>How a program that ran within bounds ended, and what it said.</summary>
/// <param name="End">Why it is over.</param>
/// <param name="ExitCode">Its exit code, 128 + n where signal n ended it.</param>
/// <param name="Output">Standard output, at most the limit.</param>
/// <param name="Error">Standard error, at most the limit.</param>
public sealed record BoundedRunResult(BoundedRunEnd End, int ExitCode, byte[] Output, byte[] Error);
