using Skerry.Guard.Events;

namespace Skerry.Guard.Recorder;

/// <summary>Counts the events of each container while a block is written.</summary>
/// <remarks>Names are taken when a container is first counted: a block may be sealed by another thread than the one that changes facts.</remarks>
internal sealed class ContainerTallies
{
    private readonly List<(ContainerTally Container, int Events)> _counted = [];
    private int[] _places = new int[16]; // by row of the container plus one: place in the list plus one

    public int Count => _counted.Count;

    public void Clear()
    {
        _counted.Clear();
        Array.Clear(_places);
    }

    /// <summary>Counts one event.</summary>
    /// <param name="row">Row of its container; -1 for none.</param>
    /// <param name="container">The container.</param>
    public void Add(int row, ContainerFacts? container)
    {
        var slot = row + 1;
        if (slot >= _places.Length)
        {
            Array.Resize(ref _places, Math.Max(slot + 1, _places.Length * 2));
        }

        if (_places[slot] == 0)
        {
            _counted.Add((Tally(container), 1));
            _places[slot] = _counted.Count;
            return;
        }

        var (known, events) = _counted[_places[slot] - 1];
        _counted[_places[slot] - 1] = (known, events + 1);
    }

    public List<ContainerTally> ToList() => [.. _counted.Select(static c => c.Container with { Events = c.Events })];

    private static ContainerTally Tally(ContainerFacts? container) => new(
        container is null ? ContainerTally.Host : Name(container.FullId), Name(container?.Name), Name(container?.Pod?.Name), Name(container?.Pod?.Namespace), 0);

    private static string Name(Text? text) => Cut(text?.ToString() ?? "");

    /// <summary>A name of no more bytes than a head can say.</summary>
    internal static string Cut(string name)
    {
        while (System.Text.Encoding.UTF8.GetByteCount(name) > RecordFormat.MaxName)
        {
            name = name[..^1];
        }

        return name;
    }
}
