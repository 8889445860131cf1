namespace Skerry.Node.Sensors;

/// <summary>An event as people follow it.</summary>
/// <param name="Time">Nanoseconds since 1970.</param>
/// <param name="Type">Its kind.</param>
/// <param name="Container">Name of the container.</param>
/// <param name="Process">Command line of the process.</param>
/// <param name="Pid">Its number on the node.</param>
/// <param name="Arguments">Arguments, as name=value.</param>
internal readonly record struct SeenEvent(long Time, string Type, string Container, string Process, int Pid, string Arguments);
