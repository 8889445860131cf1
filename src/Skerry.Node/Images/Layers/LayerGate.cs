using System.Collections.Concurrent;
using System.Text;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Node.Images.Upkeep;

namespace Skerry.Node.Images.Layers;

/// <summary>
/// Lets nothing start from a layer that was changed on disk. What looks as when it was verified is right; what looks different is read
/// and compared with the inventory, whole; what is not what its digests say refuses the start, by name. Where the file system has fs-verity the kernel compares what is read with what was
/// verified, and is asked once in the life of the daemon whether it still compares with the same.
/// </summary>
/// <remarks>Safe for several threads: a layer is read by one at a time.</remarks>
internal sealed class LayerGate(StoreRoot store, LayerStore layers)
{
    private const string StampsName = "stamps";
    private const string SealsName = "seals";
    private const string MarkName = "damaged";
    private const int LongestMark = 4096;
    private const int Told = 3;

    private readonly ConcurrentDictionary<string, LayerStamps> _known = new(StringComparer.Ordinal);
    private readonly KeyedLock<string> _reading = new();

    /// <summary>Checks a layer.</summary>
    /// <param name="name">Its name in the store.</param>
    /// <param name="image">Whose it is, for the refusal.</param>
    /// <param name="ct">Ends a long reading.</param>
    /// <exception cref="ImageException">It is missing or was changed.</exception>
    internal async Task CheckAsync(string name, string image, CancellationToken ct)
    {
        if (MarkOf(name) is { } problem)
        {
            throw new ImageException(ImageProblem.Corrupt, $"image {image}: a scrub found its layer {layers.Read(name)?.Meta.DiffId ?? name} damaged: {problem}") { Next = Repair(image) };
        }

        if (IsUnchanged(name))
        {
            return;
        }

        using var turn = await _reading.TakeAsync(name, ct).ConfigureAwait(false);
        if (!IsUnchanged(name))
        {
            await Task.Run(() => Read(name, image, ct), ct).ConfigureAwait(false);
        }
    }

    /// <summary>Lets nothing start from a layer of which a scrub found that it is damaged, also after a restart, until it is unpacked again.</summary>
    internal void Mark(string name, string problem)
    {
        _known.TryRemove(name, out _);
        using var file = FileCalls.OpenBeneath(store.Layers, $"{name}/{MarkName}", OpenFlags.Write | OpenFlags.Create | OpenFlags.Truncate | OpenFlags.NoFollow, 0x180).Opened;
        if (file is not null)
        {
            FileCalls.Write(file, Encoding.UTF8.GetBytes(problem), 0, MarkName);
            FileCalls.Sync(file);
        }
    }

    /// <summary>A layer that was marked turned out to be right.</summary>
    internal void Unmark(string name)
    {
        if (MarkOf(name) is not null)
        {
            FileCalls.Unlink(store.Layers, $"{name}/{MarkName}");
        }
    }

    /// <summary>What a scrub found wrong with a layer; null where it found nothing.</summary>
    internal string? MarkOf(string name)
    {
        var (file, error) = FileCalls.OpenBeneath(store.Layers, $"{name}/{MarkName}", OpenFlags.Read | OpenFlags.NoFollow);
        if (file is null)
        {
            return error is Errno.ENOENT or Errno.ENOTDIR ? null : throw LinuxException.Of("openat2", $"{name}/{MarkName}", error);
        }

        using (file)
        {
            var text = new byte[Math.Min(FileCalls.Status(file).Size, LongestMark)];
            return Encoding.UTF8.GetString(text, 0, FileCalls.Read(file, text, 0, MarkName));
        }
    }

    /// <summary>Notes a layer that was unpacked just now: every byte of it was hashed on its way to the disk.</summary>
    internal void NoteFresh(string name)
    {
        _known.TryRemove(name, out _);
        if (layers.Read(name) is not { } layer)
        {
            return;
        }

        var (files, inventory) = layers.Open(name);
        using (files)
        using (inventory)
        {
            var entries = InventoryReader.Read(inventory, name, layer.Meta.Inventory).Keys;
            var stamps = LayerStamps.Take(files, entries, layer.Meta.Inventory);

            // To seal a file may change what it looks like.
            Keep(name, Seal(name, files, stamps) ? LayerStamps.Take(files, entries, layer.Meta.Inventory) : stamps);
        }
    }

    /// <summary>Whether the files of a layer are sealed.</summary>
    internal bool IsSealed(string name) => layers.Read(name) is { } layer && SealsOf(name, layer.Meta.Inventory) is not null;

    /// <summary>What the files of a layer looked like when they were verified last; null where that is not known.</summary>
    internal LayerStamps? StampsOf(string name) => _known.TryGetValue(name, out var known) ? known : Load(name) is { } kept && kept.Inventory == layers.Read(name)?.Meta.Inventory ? kept : null;

    /// <summary>Forgets what was known of layers that are gone.</summary>
    internal void Forget() => _known.Clear();

    private bool IsUnchanged(string name)
    {
        if (layers.Read(name) is not { } layer || (_known.TryGetValue(name, out var known) ? known : Load(name)) is not { } stamps || stamps.Inventory != layer.Meta.Inventory)
        {
            return false;
        }

        var (files, inventory) = layers.Open(name);
        using (inventory)
        using (files)
        {
            if (!stamps.IsUnchanged(files) || (known is null && SealsOf(name, stamps.Inventory)?.Hold(files, stamps) == false))
            {
                return false;
            }
        }

        _known[name] = stamps;
        return true;
    }

    /// <summary>Whether it was sealed.</summary>
    private bool Seal(string name, FileDescriptor files, LayerStamps stamps)
    {
        return LayerSeals.Make(files, stamps) is { } seals && Write(name, SealsName, seals.Bytes.Span);
    }

    private LayerSeals? SealsOf(string name, string inventory) => ReadFile(name, SealsName) is { } bytes ? LayerSeals.Read(bytes, inventory) : null;

    /// <summary>1. Looks. 2. Reads everything. 3. Looks again: what was read is what is noted.</summary>
    private void Read(string name, string image, CancellationToken ct)
    {
        var layer = layers.Read(name) ?? throw new ImageException(ImageProblem.Corrupt, $"image {image}: its layer {name} is missing or unfinished") { Next = Repair(image) };
        var problems = new List<string>();
        var (files, inventory) = layers.Open(name);
        using (files)
        using (inventory)
        {
            var expected = InventoryReader.Read(inventory, name, layer.Meta.Inventory);
            var entries = expected.Keys.ToList();
            var before = LayerStamps.Take(files, entries, layer.Meta.Inventory);
            new LayerCheck(layers, (path, problem) => problems.Add($"/{path} {problem}"), ct, fromDevice: false).Run(layer, expected);
            if (problems.Count > 0)
            {
                var rest = problems.Count > Told ? $", and {problems.Count - Told} more" : string.Empty;
                throw new ImageException(ImageProblem.Corrupt, $"image {image}: its layer {layer.Meta.DiffId} was changed on disk: {string.Join("; ", problems.Take(Told))}{rest}") { Next = Repair(image) };
            }

            var after = LayerStamps.Take(files, entries, layer.Meta.Inventory);
            if (!after.IsSame(before))
            {
                throw new ImageException(ImageProblem.Corrupt, $"image {image}: its layer {layer.Meta.DiffId} was being changed while it was read") { Next = $"find out what writes in {layers.PathOf(name)}" };
            }

            // Right, and sealed no more: it was put there again, or its seals were lost.
            Keep(name, SealsOf(name, layer.Meta.Inventory) is not null && Seal(name, files, after) ? LayerStamps.Take(files, entries, layer.Meta.Inventory) : after);
        }
    }

    private static string Repair(string image) => $"skerry image scrub --repair {image}";

    private LayerStamps? Load(string name) => ReadFile(name, StampsName) is { } bytes ? LayerStamps.Read(bytes) : null;

    private byte[]? ReadFile(string name, string of)
    {
        var (file, _) = FileCalls.OpenBeneath(store.Layers, $"{name}/{of}", OpenFlags.Read | OpenFlags.NoFollow);
        using (file)
        {
            return file is null ? null : FileCalls.ReadWhole(file, of);
        }
    }

    private void Keep(string name, LayerStamps stamps)
    {
        _known[name] = stamps;

        // Where there is no room for it, what is known in memory does until the daemon ends.
        Write(name, StampsName, stamps.ToBytes());
    }

    /// <summary>Not durable on purpose: without it everything is read once more.</summary>
    private bool Write(string name, string of, ReadOnlySpan<byte> bytes)
    {
        try
        {
            var next = $"{name}/{of}.new";
            using (var file = FileCalls.OpenBeneath(store.Layers, next, OpenFlags.Write | OpenFlags.Create | OpenFlags.Truncate | OpenFlags.NoFollow, 0x180).Opened)
            {
                if (file is null)
                {
                    return false;
                }

                FileCalls.Write(file, bytes, 0, next);
            }

            FileCalls.Rename(store.Layers, next, store.Layers, $"{name}/{of}");
            return true;
        }
        catch (LinuxException error) when (error.IsOutOfSpace)
        {
            return false;
        }
    }
}
