namespace Skerry.Node.Isolation.Spec;

/// <summary>Most bytes and operations per second on one block device; 0: no limit.</summary>
internal sealed record IoThrottle(uint Major, uint Minor, ulong ReadBps, ulong WriteBps, ulong ReadIops, ulong WriteIops);
