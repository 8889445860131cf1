using Skerry.Linux.Processes;
using Skerry.Node.Images.Layers;

namespace Skerry.Node.Sensors.Drift;

/// <summary>A container whose programs are looked at before they run.</summary>
internal sealed class GatedContainer
{
    private const long TellEvery = 10_000; // milliseconds
    private const int TellMost = 20;

    private long _window = long.MinValue;
    private int _told;

    /// <summary>Container id.</summary>
    public required string Id { get; init; }

    /// <summary>Its first process.</summary>
    public required ProcessIdentity First { get; init; }

    /// <summary>What the files of its image look like, by layer.</summary>
    public required IReadOnlyList<LayerStamps> Image { get; init; }

    /// <summary>What is not of the image is refused; else it is only told.</summary>
    public required bool Denies { get; init; }

    /// <summary>Called on the gate's thread with what was found, at most some times in a while; returns at once.</summary>
    public required Action<GatedContainer, DriftFinding> Tell { get; init; }

    /// <summary>The file system that its root is.</summary>
    internal (uint Major, uint Minor) Root { get; set; }

    /// <summary>Mounts of it beside its root that can hold programs.</summary>
    internal List<ulong> Mounts { get; } = [];

    /// <summary>Whether there is room to tell of one more; who loops over refused programs fills no log. On the gate's thread.</summary>
    internal bool MayTell(long milliseconds)
    {
        if (_window == long.MinValue || milliseconds - _window >= TellEvery)
        {
            (_window, _told) = (milliseconds, 0);
        }

        return _told++ < TellMost;
    }
}
