namespace Skerry.Bench.Macro.Spawning;

/// <summary>How a process ended: its wait status, the wall clock from spawn to wait, and its own and its waited children's CPU time.</summary>
internal readonly record struct Outcome(int Status, TimeSpan Wall, TimeSpan Cpu)
{
    /// <summary>The exit code, or 128 + the signal (wait(2)).</summary>
    public int ExitCode => (Status & 0x7f) == 0 ? (Status >> 8) & 0xff : 128 + (Status & 0x7f);
}
