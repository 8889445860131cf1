namespace Skerry.Guard.Fuzz;

/// <summary>Something that takes foreign bytes.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Seeds">Inputs to begin from.</param>
/// <param name="Check">Throws when a promise is broken.</param>
internal sealed record Target(string Name, IReadOnlyList<byte[]> Seeds, Action<byte[]> Check);
