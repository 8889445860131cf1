namespace Skerry.Node.Images.Layers;

/// <summary>Replays an inventory's lines: later ones replace earlier ones, and what was removed takes with it what was below.</summary>
/// <remarks>
/// Everything is in proportion to the number of lines, whatever a hostile layer removed how often: removals are only noted, and
/// applied once at the end. Names of one inode are a group from the line that made the inode, also when the first name is gone.
/// </remarks>
internal sealed class InventoryLog(string layer)
{
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _removed = new(StringComparer.Ordinal); // path → the line after which nothing was there
    private int _number;

    /// <summary>Something new at its path.</summary>
    public void Put(InventoryEntry entry)
    {
        _number++;
        _lines[entry.Path] = new Line(entry, _number, _number);
    }

    /// <summary>A further name for what is at <paramref name="first"/>.</summary>
    /// <exception cref="ImageException">There is nothing.</exception>
    public void Link(string path, string first)
    {
        _number++;
        _lines[path] = _lines.TryGetValue(first, out var same)
            ? new Line(same.Entry with { Path = path }, _number, same.Group)
            : throw new ImageException(ImageProblem.Corrupt, $"layer {layer}: its inventory links to what it does not have");
    }

    /// <summary>Nothing at a path and below it any more.</summary>
    public void Remove(string path)
    {
        _number++;
        _lines.Remove(path);
        _removed[path] = _number;
    }

    /// <summary>What is there at the end, by path; of the names of one inode all but one say which that one is.</summary>
    public Dictionary<string, InventoryEntry> End()
    {
        var entries = new Dictionary<string, InventoryEntry>(_lines.Count, StringComparer.Ordinal);
        var heads = new Dictionary<int, string>();
        foreach (var (path, line) in _lines)
        {
            if (!WasRemoved(path, line.Number))
            {
                bool isHead = heads.TryAdd(line.Group, path);
                entries.Add(path, line.Entry with { Links = isHead ? "" : heads[line.Group] });
            }
        }

        return entries;
    }

    private bool WasRemoved(string path, int number)
    {
        if (_removed.Count == 0)
        {
            return false;
        }

        var removals = _removed.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int end = path.LastIndexOf('/'); end > 0; end = path.LastIndexOf('/', end - 1))
        {
            if (removals.TryGetValue(path.AsSpan(0, end), out int removed) && removed > number)
            {
                return true;
            }
        }

        return false;
    }

    private readonly record struct Line(InventoryEntry Entry, int Number, int Group);
}
