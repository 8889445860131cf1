using Skerry.Linux.Processes;

namespace Skerry.Node.Isolation.Process;

/// <summary>A container that is made and waits to be started. The process identities outlive a reused pid by their start times.</summary>
/// <param name="Process">The container's first process.</param>
/// <param name="Monitor">Its monitor.</param>
/// <param name="MonitorChild">The monitor as this daemon's child, to be reaped.</param>
internal sealed record CreatedContainer(ProcessIdentity Process, ProcessIdentity Monitor, ChildProcess MonitorChild);
