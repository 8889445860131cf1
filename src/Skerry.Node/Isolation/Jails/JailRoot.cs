namespace Skerry.Node.Isolation.Jails;

/// <summary>A root directory for a jailed program; shared by all pods, never written to.</summary>
/// <param name="Name">Its name below the node's directory of jails.</param>
/// <param name="Directory">Its path: the only layer of a jail's root file system.</param>
/// <param name="Program">Absolute path of the program inside.</param>
internal sealed record JailRoot(string Name, string Directory, string Program);
