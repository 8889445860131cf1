namespace Skerry.Linux.Network;

/// <summary>An interface as the kernel tells it.</summary>
/// <param name="Index">Its number in its namespace.</param>
/// <param name="Name">Its name; whoever may configure the namespace chooses it.</param>
/// <param name="Kind">What the kernel made it as, such as <c>veth</c>; empty for hardware and loopback.</param>
/// <param name="IsLoopback">It is the loopback interface.</param>
/// <param name="IsUp">It is up.</param>
public readonly record struct LinkState(int Index, string Name, string Kind, bool IsLoopback, bool IsUp);
