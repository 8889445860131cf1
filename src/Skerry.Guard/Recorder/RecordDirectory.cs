namespace Skerry.Guard.Recorder;

/// <summary>A recording on disk: segments in one directory, named by the running number of their first block. It can be read while it is written.</summary>
/// <param name="path">The directory.</param>
public sealed class RecordDirectory(string path)
{
    /// <summary>What the names of segments end in.</summary>
    public const string Extension = ".skr";

    /// <summary>The directory.</summary>
    public string Path { get; } = path;

    /// <summary>The segments, the oldest first; none where there is no directory.</summary>
    public IReadOnlyList<string> Segments() =>
        !Directory.Exists(Path) ? [] : [.. Directory.EnumerateFiles(Path, "*" + Extension).Where(static f => IsSegment(System.IO.Path.GetFileNameWithoutExtension(f))).Order(StringComparer.Ordinal)];

    /// <summary>Name of the segment that begins with a block.</summary>
    public string SegmentOf(ulong sequence) => System.IO.Path.Combine(Path, $"{sequence:x16}{Extension}");

    private static bool IsSegment(string name) => name.Length == 16 && name.All(static c => char.IsAsciiHexDigitLower(c) || char.IsAsciiDigit(c));

    /// <summary>Reads the blocks that are wanted, the oldest first.</summary>
    /// <param name="selection">What is wanted.</param>
    /// <param name="damaged">Is told of each damage but for a last block that is not whole, which may just be being written.</param>
    public IEnumerable<RecordBlock> Read(RecordSelection selection, Action<string, RecordDamage>? damaged = null)
    {
        ArgumentNullException.ThrowIfNull(selection);
        foreach (var name in Segments())
        {
            using var stream = Open(name);
            if (stream is null)
            {
                continue;
            }

            var reader = new SegmentReader(stream);
            var told = 0;
            while (true)
            {
                var block = reader.Next(selection.Fits);
                foreach (var damage in reader.Damages.Skip(told).Where(static d => !d.IsTail))
                {
                    damaged?.Invoke(name, damage);
                }

                told = reader.Damages.Count;
                if (block is null)
                {
                    break;
                }

                yield return block;
            }
        }
    }

    /// <summary>The containers that any block is of, each once, by the heads alone.</summary>
    public IReadOnlyList<ContainerTally> Containers()
    {
        Dictionary<string, ContainerTally> found = new(StringComparer.Ordinal);
        foreach (var name in Segments())
        {
            using var stream = Open(name);
            if (stream is null)
            {
                continue;
            }

            new SegmentReader(stream).Next(head =>
            {
                foreach (var container in head.Containers.Concat(head.Losses.Where(static l => l.Container.Length > 0).Select(static l => new ContainerTally(l.Container, l.Name, l.Pod, l.Namespace, 0))))
                {
                    found[container.Id] = container;
                }

                return false;
            });
        }

        return [.. found.Values];
    }

    /// <summary>Null for a segment that was removed since it was listed, as the ring does with its oldest.</summary>
    private static FileStream? Open(string name)
    {
        try
        {
            return new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
