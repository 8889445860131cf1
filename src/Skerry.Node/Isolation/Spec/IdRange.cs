using System.Globalization;

namespace Skerry.Node.Isolation.Spec;

/// <summary>
/// The host ids that a pod's user namespace maps to: container id n is host id <see cref="HostStart"/> + n, for users
/// and groups alike. Ranges of two pods never overlap (their owner is the journal).
/// </summary>
/// <param name="HostStart">First host id; never 0.</param>
/// <param name="Count">How many ids; 65536, so that every 16-bit id of an image exists.</param>
internal readonly record struct IdRange(uint HostStart, uint Count)
{
    /// <summary>All ids that images use: the 16-bit ids (credentials(7), user_namespaces(7)).</summary>
    public const uint DefaultCount = 65536;

    /// <summary>A full range at <paramref name="hostStart"/>.</summary>
    public static IdRange At(uint hostStart) => new(hostStart, DefaultCount);

    /// <summary>Whether the container id exists in the namespace.</summary>
    public bool Holds(uint containerId) => containerId < Count;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0:{HostStart}:{Count}");
}
