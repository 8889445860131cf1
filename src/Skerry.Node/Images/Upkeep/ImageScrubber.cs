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
/// <para>A blob is mended by fetching and verifying it beside the wrong one and giving it the name in one step. So a repair that
/// cannot be done changes nothing.</para>
/// <para>A layer is mended by unpacking it next to the wrong one and exchanging the two names at once. A layer that a container
/// has mounted is never touched: the overlay forbids changes beneath a mount, so the finding says what to stop.</para>
/// </remarks>
public sealed class ImageScrubber(ImageStore store, ImagePuller puller)
{
    /// <summary>Scrubs one image, or all for null.</summary>
    /// <exception cref="ImageException">No such image.</exception>
    public Task<ScrubSummary> ScrubAsync(string? nameOrId, bool repair, IProgress<ScrubFinding> findings, IProgress<ScrubStep>? steps = null, CancellationToken ct = default) =>
        ScrubAsync(nameOrId, new ScrubOrder { Repair = repair }, findings, steps, ct);

    /// <summary>Scrubs one image, or all for null.</summary>
    /// <exception cref="ImageException">No such image.</exception>
    internal async Task<ScrubSummary> ScrubAsync(string? nameOrId, ScrubOrder order, IProgress<ScrubFinding> findings, IProgress<ScrubStep>? steps, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(findings);
        IReadOnlyList<ImageRecord> images = nameOrId is null ? store.List() : [store.Find(nameOrId)];
        var run = new Run(order, findings, steps);
        foreach (var image in images)
        {
            using var lease = store.NewLease();
            store.Under(() => lease.ProtectImage(image));
            await ScrubAsync(image, lease, run, ct).ConfigureAwait(false);
        }

        if (order.Repair && !store.Options.KeepBlobs)
        {
            await new ImageCollector(store).DropAsync(images.SelectMany(i => i.Layers).Select(l => l.Blob.Digest)).ConfigureAwait(false);
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
                run.Pass(blob.Digest.ToString());
            }
        }

        for (int i = 0; i < image.Layers.Count; i++)
        {
            if (run.Seen.Add(image.Layers[i].Name))
            {
                run.Step(image, image.Layers[i].DiffId, done: false);
                await CheckLayerAsync(image, i, lease, run, ct).ConfigureAwait(false);
                run.Step(image, image.Layers[i].DiffId, done: true);
                run.Pass(image.Layers[i].Name);
            }
        }
    }

    private static IEnumerable<Descriptor> BlobsOf(ImageRecord image) =>
    [
        .. image.Wire.IndexDigest is { } index ? [new Descriptor(MediaTypes.OciIndex, Digest.Parse(index), -1)] : Array.Empty<Descriptor>(),
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
        run.Report(new ScrubFinding(image.ToString(), blob.Digest, "", problem, failure is null, failure is null ? "fetched again and verified" : $"{failure}; nothing was changed: repair again when that is mended, or import the image"));
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
                run.Pace?.Took(n, ct);
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
            var check = new LayerCheck(store.Layers, (path, problem) => problems.Add((path, problem)), ct, pace: run.Pace);
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
            store.Gate.Unmark(layer.Name);
            return;
        }

        // Nothing starts from it until it is mended; what runs is left alone.
        store.Gate.Mark(layer.Name, $"{(problems[0].Path.Length > 0 ? $"/{problems[0].Path} " : string.Empty)}{problems[0].Problem}");
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
        var failures = new List<string>();
        foreach (var (source, owner) in puller.SourcesOf(image))
        {
            using (owner)
            {
                try
                {
                    await FetchAgainAsync(source, blob, ct).ConfigureAwait(false);
                    return;
                }
                catch (Exception e) when (e is RegistryException or OciFormatException or HttpRequestException or ImageException { Problem: ImageProblem.Corrupt or ImageProblem.NotFound })
                {
                    failures.Add(e.Message);
                }
            }
        }

        throw new ImageException(ImageProblem.NotFound, failures.Count == 0 ? $"no name of {image} says where it came from" : string.Join("; ", failures));
    }

    private async Task FetchAgainAsync(IImageSource source, Descriptor blob, CancellationToken ct)
    {
        if (blob.Size < 0)
        {
            // A manifest is no blob to a registry.
            await store.Content.PutAsync(blob.Digest, await source.ReadManifestAsync(blob, ct).ConfigureAwait(false), ct, again: true).ConfigureAwait(false);
        }
        else
        {
            using var ingest = await store.Content.BeginAsync(blob.Digest, blob.Size, ct, again: true).ConfigureAwait(false);
            await BlobFetch.FetchAsync(source, blob, ingest, store.Options, new SpaceGuard(store), null, ct).ConfigureAwait(false);
            ingest.Commit();
        }

        store.Content.SyncNames();
    }

    private async Task UnpackAgainAsync(ImageRecord image, int index, ImageLease lease, CancellationToken ct)
    {
        var layer = image.Layers[index];
        var owners = store.Under(() => store.ImagesLocked().Where(i => i.Layers.Any(l => l.Name == layer.Name)).Select(i => i.ManifestDigest).ToHashSet());
        using (var before = await store.UseAsync(owners, ct).ConfigureAwait(false))
        {
            // What is in the way now mostly still is when the work is done.
            ThrowIfUsed(before);
        }

        string on = LayerNames.ChainOf(image.Layers.Take(index).Select(l => l.DiffId));
        using var one = await store.Layers.TakeAsync(layer.DiffId, on, ct).ConfigureAwait(false);
        if (!store.Content.Has(layer.Blob.Digest))
        {
            await FetchAgainAsync(image, layer.Blob, ct).ConfigureAwait(false);
        }

        using var blob = store.Content.Open(layer.Blob.Digest);
        var pending = await Task.Factory.StartNew(
            () => store.Layers.Unpack(blob, layer.Blob.MediaType, layer.DiffId, null, ct), ct, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        await store.Layers.ReplaceAsync(pending, layer.Name, on, [.. image.Layers.Take(index).Reverse().Select(l => l.Name)], Exclusively, ct).ConfigureAwait(false);
        store.Gate.NoteFresh(layer.Name);

        async Task Exclusively(Action exchange)
        {
            using var use = await store.UseAsync(owners, ct).ConfigureAwait(false);
            store.Under(() =>
            {
                ThrowIfUsed(use);
                if (store.ImagesLocked().FirstOrDefault(i => i.Layers.Any(l => l.Name == layer.Name) && (!owners.Contains(i.ManifestDigest) || store.IsLeasedLocked(i.ManifestDigest, lease))) is { } busy)
                {
                    throw new ImageException(ImageProblem.InUse, $"a container of {busy} is just being made, or it is being pulled or exported; repair again when that is done");
                }

                exchange();
                store.RebindLocked(layer.Name);
            });
        }
    }

    private static void ThrowIfUsed(ImageUse use)
    {
        if (use.Containers() is { Count: > 0 } names)
        {
            throw new ImageException(ImageProblem.InUse, names.Count == 1
                ? $"container {names[0]} uses this layer: stop it, then run 'skerry image scrub --repair' again; the layer was left as it is"
                : $"containers {string.Join(", ", names)} use this layer: stop them, then run 'skerry image scrub --repair' again; the layer was left as it is");
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

    private sealed class Run(ScrubOrder order, IProgress<ScrubFinding> findings, IProgress<ScrubStep>? steps)
    {
        public bool Repair => order.Repair;

        public ScrubPace? Pace => order.Pace;

        public HashSet<string> Seen => order.Passed;

        public long Blobs { get; set; }

        public long Files { get; set; }

        public long Bytes { get; set; }

        public long Corrupted { get; set; }

        public long Repaired { get; private set; }

        public void Step(ImageRecord image, Digest subject, bool done) => steps?.Report(new ScrubStep(image.ToString(), subject, done));

        public void Pass(string subject) => order.OnPassed?.Invoke(subject);

        public void Report(ScrubFinding finding)
        {
            Repaired += finding.Repaired ? 1 : 0;
            findings.Report(finding);
        }
    }
}
