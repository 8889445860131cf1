using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Node.Images.Layers;
using Skerry.Node.Images.Pulling;
using Skerry.Oci;
using Skerry.Oci.Distribution;

namespace Skerry.Node.Images.Upkeep;

/// <summary>Something that is not as it was stored.</summary>
/// <param name="Image">Whose.</param>
/// <param name="Digest">The blob, or the diff id of the layer.</param>
/// <param name="Path">In the layer; empty for a blob or a whole layer.</param>
/// <param name="Problem">What is wrong.</param>
/// <param name="Repaired">Whether it is right again.</param>
/// <param name="Action">What was done, or what to do.</param>
public sealed record ScrubFinding(string Image, Digest Digest, string Path, string Problem, bool Repaired, string Action);

/// <summary>Where a scrub is.</summary>
/// <param name="Image">Whose.</param>
/// <param name="Subject">The blob, or the diff id of the layer.</param>
/// <param name="Done">False: it is being read now.</param>
public readonly record struct ScrubStep(string Image, Digest Subject, bool Done);

/// <summary>What a scrub looked at.</summary>
public sealed record ScrubSummary(long Blobs, long Files, long Bytes, long Corrupted, long Repaired);

/// <summary>
/// Reads everything again and compares it with what was verified when it came: blobs with their digests, layers with their
/// inventories. Mends by fetching again.
/// </summary>
/// <remarks>
/// A layer is mended by unpacking it next to the wrong one and exchanging the two names at once. A layer that a container uses
/// is never touched: the overlay forbids changes beneath a mount, so the finding says what to stop.
/// </remarks>
public sealed class ImageScrubber(ImageStore store, ImagePuller puller)
{
    /// <summary>Scrubs one image, or all for null.</summary>
    /// <exception cref="ImageException">No such image.</exception>
    public async Task<ScrubSummary> ScrubAsync(string? nameOrId, bool repair, IProgress<ScrubFinding> findings, IProgress<ScrubStep>? steps = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(findings);
        IReadOnlyList<ImageRecord> images = nameOrId is null ? store.List() : [store.Find(nameOrId)];
        var run = new Run(repair, findings, steps);
        foreach (var image in images)
        {
            using var lease = store.NewLease();
            store.Under(() => lease.ProtectImage(image));
            await ScrubAsync(image, lease, run, ct).ConfigureAwait(false);
        }

        return new ScrubSummary(run.Blobs, run.Files, run.Bytes, run.Corrupted, run.Repaired);
    }

    private async Task ScrubAsync(ImageRecord image, ImageLease lease, Run run, CancellationToken ct)
    {
        foreach (var blob in BlobsOf(image))
        {
            if (run.Seen.Add(blob.Digest.ToString()))
            {
                run.Step(image, blob.Digest, done: false);
                await CheckBlobAsync(image, blob, run, ct).ConfigureAwait(false);
                run.Step(image, blob.Digest, done: true);
            }
        }

        for (int i = 0; i < image.Layers.Count; i++)
        {
            if (run.Seen.Add(image.Layers[i].Name))
            {
                run.Step(image, image.Layers[i].DiffId, done: false);
                await CheckLayerAsync(image, i, lease, run, ct).ConfigureAwait(false);
                run.Step(image, image.Layers[i].DiffId, done: true);
            }
        }
    }

    private static IEnumerable<Descriptor> BlobsOf(ImageRecord image) =>
    [
        new(image.Wire.ManifestMediaType, image.ManifestDigest, -1),
        new(image.Wire.ConfigMediaType, image.ConfigDigest, image.Wire.ConfigSize),
        .. image.Layers.Select(l => l.Blob),
    ];

    private async Task CheckBlobAsync(ImageRecord image, Descriptor blob, Run run, CancellationToken ct)
    {
        string? problem = await Task.Run(() => ProblemOf(blob, image, run, ct), ct).ConfigureAwait(false);
        if (problem is null)
        {
            return;
        }

        run.Corrupted++;
        if (!run.Repair)
        {
            run.Report(new ScrubFinding(image.ToString(), blob.Digest, "", problem, false, "run 'skerry image scrub --repair' to fetch it again"));
            return;
        }

        string? failure = await TryAsync(() => FetchAgainAsync(image, blob, ct)).ConfigureAwait(false);
        run.Report(new ScrubFinding(image.ToString(), blob.Digest, "", problem, failure is null, failure is null ? "fetched again and verified" : $"{failure}; pull or import the image again"));
    }

    private string? ProblemOf(Descriptor blob, ImageRecord image, Run run, CancellationToken ct)
    {
        if (!store.Content.Has(blob.Digest))
        {
            // Layers need not be kept once they are unpacked.
            return image.Layers.Any(l => l.Blob.Digest == blob.Digest) && !store.Options.KeepBlobs ? null : "is missing";
        }

        using var file = store.Content.Open(blob.Digest);
        using var hash = blob.Digest.CreateHash();
        FileCalls.AdviseDone(file);
        var buffer = new byte[256 * 1024];
        long at = 0;
        try
        {
            while (FileCalls.Read(file, buffer, at, blob.Digest.ToString()) is var n and > 0)
            {
                ct.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, n);
                at += n;
            }
        }
        catch (LinuxException e) when (e.Error == Errno.EIO)
        {
            return "cannot be read: the disk reports an error";
        }

        run.Blobs++;
        run.Bytes += at;
        return blob.Digest.IsHashOf(hash) ? null : "has other content than its digest says";
    }

    private async Task CheckLayerAsync(ImageRecord image, int index, ImageLease lease, Run run, CancellationToken ct)
    {
        var layer = image.Layers[index];
        var problems = new List<(string Path, string Problem)>();
        if (store.Layers.Read(layer.Name) is { } stored)
        {
            var check = new LayerCheck(store.Layers, (path, problem) => problems.Add((path, problem)), ct);
            try
            {
                await Task.Run(() => check.Run(stored), ct).ConfigureAwait(false);
            }
            catch (Exception e) when (e is ImageException { Problem: ImageProblem.Corrupt } or LinuxException or FormatException or OverflowException)
            {
                problems.Add(("", e.Message));
            }

            run.Files += check.FilesRead;
            run.Bytes += check.BytesRead;
        }
        else
        {
            problems.Add(("", "is missing, or what describes it is corrupt"));
        }

        if (problems.Count == 0)
        {
            return;
        }

        run.Corrupted += problems.Count;
        string action = "run 'skerry image scrub --repair' to unpack it again";
        bool repaired = false;
        if (run.Repair)
        {
            string? failure = await TryAsync(() => UnpackAgainAsync(image, index, lease, ct)).ConfigureAwait(false);
            repaired = failure is null;
            action = failure ?? "the layer was unpacked again and put in its place";
        }

        foreach (var (path, problem) in problems)
        {
            run.Report(new ScrubFinding(image.ToString(), layer.DiffId, path, problem, repaired, action));
        }
    }

    private async Task FetchAgainAsync(ImageRecord image, Descriptor blob, CancellationToken ct)
    {
        var (source, owner) = puller.SourceOf(image) ?? throw new ImageException(ImageProblem.NotFound, $"nothing says where {image} came from");
        using (owner)
        {
            store.Content.Remove(blob.Digest);
            if (blob.Size < 0)
            {
                // A manifest is no blob to a registry.
                await store.Content.PutAsync(blob.Digest, await source.ReadManifestAsync(blob, ct).ConfigureAwait(false), ct).ConfigureAwait(false);
            }
            else
            {
                using var ingest = await store.Content.BeginAsync(blob.Digest, blob.Size, ct).ConfigureAwait(false);
                await BlobFetch.FetchAsync(source, blob, ingest, store.Options, new SpaceGuard(store), null, ct).ConfigureAwait(false);
                ingest.Commit();
            }

            store.Content.SyncNames();
        }
    }

    private async Task UnpackAgainAsync(ImageRecord image, int index, ImageLease lease, CancellationToken ct)
    {
        var layer = image.Layers[index];
        ThrowIfUsed(layer, lease);
        string on = LayerNames.ChainOf(image.Layers.Take(index).Select(l => l.DiffId));
        using var one = await store.Layers.TakeAsync(layer.DiffId, on, ct).ConfigureAwait(false);
        if (!store.Content.Has(layer.Blob.Digest))
        {
            await FetchAgainAsync(image, layer.Blob, ct).ConfigureAwait(false);
        }

        using var blob = store.Content.Open(layer.Blob.Digest);
        var pending = await Task.Factory.StartNew(
            () => store.Layers.Unpack(blob, layer.Blob.MediaType, layer.DiffId, null, ct), ct, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        await store.Layers.ReplaceAsync(pending, layer.Name, on, [.. image.Layers.Take(index).Reverse().Select(l => l.Name)], exchange => store.Under(() =>
        {
            ThrowIfUsedLocked(layer, lease);
            exchange();
        }), ct).ConfigureAwait(false);
    }

    private void ThrowIfUsed(ImageLayer layer, ImageLease lease) => store.Under(() => ThrowIfUsedLocked(layer, lease));

    private void ThrowIfUsedLocked(ImageLayer layer, ImageLease lease)
    {
        var used = store.NeededLocked(lease).Manifests;
        var user = store.ImagesLocked().FirstOrDefault(i => used.Contains(i.ManifestDigest) && i.Layers.Any(l => l.Name == layer.Name));
        if (user is not null)
        {
            throw new ImageException(ImageProblem.InUse, $"containers of {user} use this layer now: stop them, then scrub with --repair again");
        }
    }

    private static async Task<string?> TryAsync(Func<Task> repair)
    {
        try
        {
            await repair().ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (e is ImageException or RegistryException or OciFormatException or LinuxException or IOException)
        {
            return e.Message;
        }
    }

    private sealed class Run(bool repair, IProgress<ScrubFinding> findings, IProgress<ScrubStep>? steps)
    {
        public bool Repair => repair;

        public HashSet<string> Seen { get; } = new(StringComparer.Ordinal);

        public long Blobs { get; set; }

        public long Files { get; set; }

        public long Bytes { get; set; }

        public long Corrupted { get; set; }

        public long Repaired { get; private set; }

        public void Step(ImageRecord image, Digest subject, bool done) => steps?.Report(new ScrubStep(image.ToString(), subject, done));

        public void Report(ScrubFinding finding)
        {
            Repaired += finding.Repaired ? 1 : 0;
            findings.Report(finding);
        }
    }
}
