namespace Skerry.Node.Sensors.Drift;

/// <summary>A program that a container executed, or wanted to, and that is not of its image.</summary>
/// <param name="Path">The file, in the container.</param>
/// <param name="Pid">The process.</param>
/// <param name="Program">What the process was until then (comm).</param>
/// <param name="Why">What is wrong with the file.</param>
/// <param name="Refused">Whether it was refused.</param>
internal sealed record DriftFinding(string Path, int Pid, string Program, string Why, bool Refused);
