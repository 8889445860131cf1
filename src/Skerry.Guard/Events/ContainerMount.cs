namespace Skerry.Guard.Events;

/// <summary>One mount of a container.</summary>
/// <param name="Source">Path on the node.</param>
/// <param name="Destination">Path in the container.</param>
/// <param name="Mode">Options.</param>
/// <param name="IsWritable">True for read and write.</param>
/// <param name="Propagation">private, rslave …</param>
public sealed record ContainerMount(Text Source, Text Destination, Text Mode, bool IsWritable, Text Propagation);
