using Skerry.Oci;

namespace Skerry.Node.Images.Upkeep;

/// <summary>What a removal or a prune did.</summary>
/// <param name="Untagged">Names that were taken away.</param>
/// <param name="Deleted">Digests of images, layers (diff ids) and blobs that are gone.</param>
/// <param name="FreedBytes">About what that freed.</param>
public sealed record RemovedImages(IReadOnlyList<string> Untagged, IReadOnlyList<Digest> Deleted, long FreedBytes);

/// <summary>
/// Deletes images, and what no image, container, pull or export needs any more.
/// </summary>
/// <remarks>
/// Steps: 1. the records, each durably gone before anything it names; 2. under the store's gate, what nobody needs loses its
/// name; 3. the files of what lost its name. A crash after any step leaves only what the next prune or start takes.
/// </remarks>
public sealed class ImageCollector(ImageStore store)
{
    /// <summary>
    /// Takes a name from an image, or, by id or by its last name, deletes it. With <paramref name="force"/> an image that a
    /// container uses loses its names; the next prune after the container's end takes it.
    /// </summary>
    /// <exception cref="ImageException">No such image; or in use.</exception>
    public async Task<RemovedImages> RemoveAsync(string nameOrId, bool force = false, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(nameOrId);
        var untagged = new List<string>();
        var deleted = new List<Digest>();
        ImageRecord? gone = store.Under(() =>
        {
            var image = store.FindLocked(nameOrId) ?? throw new ImageException(ImageProblem.NotFound, $"remove image {nameOrId}: there is none of that name or id here; 'skerry image ls' shows what there is");
            string? name = ImageReference.TryParse(nameOrId, out var reference) && image.References.Contains(reference.ToString(), StringComparer.Ordinal) ? reference.ToString() : null;
            if (name is not null && image.References.Count > 1)
            {
                untagged.Add(name);
                store.RewriteLocked(image, [.. image.References.Where(r => r != name)]);
                return null;
            }

            if (store.NeededLocked().Manifests.Contains(image.ManifestDigest))
            {
                if (!force)
                {
                    throw new ImageException(ImageProblem.InUse, $"remove image {image}: a container or a running pull uses it; remove the container first, or give --force to take its names now and the rest later");
                }

                untagged.AddRange(image.References);
                store.RewriteLocked(image, []);
                return null;
            }

            // 1. The record.
            untagged.AddRange(image.References);
            deleted.Add(image.ManifestDigest);
            store.DeleteLocked(image);
            return image;
        });
        long freed = gone is null ? 0 : await Task.Run(() => Collect(gone.Blobs.ToHashSet(), gone.Layers.Select(l => l.Name).ToHashSet(StringComparer.Ordinal), ingests: false, deleted), ct).ConfigureAwait(false);
        return new RemovedImages(untagged, [.. deleted.Distinct()], freed);
    }

    /// <summary>Deletes images without a name (or all that no container uses), and everything no image needs, unfinished fetches too.</summary>
    public async Task<RemovedImages> PruneAsync(bool all = false, CancellationToken ct = default)
    {
        var untagged = new List<string>();
        var deleted = new List<Digest>();
        store.Under(() =>
        {
            var needed = store.NeededLocked().Manifests;
            foreach (var image in store.ImagesLocked().Where(i => (all || i.References.Count == 0) && !needed.Contains(i.ManifestDigest)).ToList())
            {
                // 1. The records.
                untagged.AddRange(image.References);
                deleted.Add(image.ManifestDigest);
                store.DeleteLocked(image);
            }
        });
        long freed = await Task.Run(() => Collect(null, null, ingests: true, deleted), ct).ConfigureAwait(false);
        return new RemovedImages(untagged, [.. deleted.Distinct()], freed);
    }

    /// <summary>Deletes compressed layers that nothing needs, on a node that does not keep them.</summary>
    internal Task DropAsync(IEnumerable<Digest> blobs) => Task.Run(() => Collect([.. blobs], [], ingests: false, []));

    /// <summary>What a prune would free now: of images without a name, and of all that no container uses.</summary>
    internal static (long Dangling, long All) Prunable(ImageStore store) => store.Under(() =>
    {
        var needed = store.NeededLocked();
        var layers = store.Layers.List().ToDictionary(l => l.Name, l => l.Meta.DiskBytes, StringComparer.Ordinal);
        var blobs = store.Content.List().ToDictionary(b => b.Digest, b => b.Size);
        long total = layers.Values.Sum() + blobs.Values.Sum();
        long ingests = store.Content.ListIngests().Where(i => !needed.Blobs.Contains(i.Digest)).Sum(i => i.Size);

        long Kept(Func<ImageRecord, bool> keeps)
        {
            var kept = store.ImagesLocked().Where(i => needed.Manifests.Contains(i.ManifestDigest) || keeps(i)).ToList();
            return kept.SelectMany(i => i.Layers).Select(l => l.Name).Distinct(StringComparer.Ordinal).Sum(n => layers.GetValueOrDefault(n))
                + kept.SelectMany(store.Kept).Distinct().Sum(b => blobs.GetValueOrDefault(b));
        }

        return (ingests + total - Kept(i => i.References.Count > 0), ingests + total - Kept(_ => false));
    });

    private long Collect(HashSet<Digest>? onlyBlobs, HashSet<string>? onlyLayers, bool ingests, List<Digest> deleted)
    {
        // 2. Names.
        long freed = 0;
        var trash = new List<string>();
        store.Under(() =>
        {
            var needed = store.NeededLocked();
            foreach (var layer in store.Layers.List().Where(l => onlyLayers?.Contains(l.Name) != false))
            {
                var diffId = Digest.Parse(layer.Meta.DiffId);
                if (!needed.LayerNames.Contains(layer.Name) && !needed.DiffIds.Contains(diffId))
                {
                    trash.Add(store.Layers.MoveToTrash(layer.Name));
                    deleted.Add(diffId);
                    freed += layer.Meta.DiskBytes;
                }
            }

            foreach (var blob in store.Content.List().Where(b => !needed.Blobs.Contains(b.Digest) && onlyBlobs?.Contains(b.Digest) != false))
            {
                if (store.Content.Remove(blob.Digest))
                {
                    deleted.Add(blob.Digest);
                    freed += blob.Size;
                }
            }

            if (ingests)
            {
                foreach (var ingest in store.Content.ListIngests().Where(i => !needed.Blobs.Contains(i.Digest)))
                {
                    freed += store.Content.RemoveIngest(ingest.Digest) ? ingest.Size : 0;
                }
            }
        });

        // 3. Files.
        foreach (string name in trash)
        {
            store.Layers.EmptyTrash(name);
        }

        return freed;
    }
}
