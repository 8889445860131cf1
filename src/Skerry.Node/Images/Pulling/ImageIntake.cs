using Skerry.Linux;
using Skerry.Node.Images.Content;
using Skerry.Node.Images.Layers;
using Skerry.Oci;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Images.Pulling;

/// <summary>What is to be taken in: a manifest or index, and the names it gets.</summary>
/// <param name="Root">The document, as its source names it.</param>
/// <param name="Bytes">Its content; the digest was checked.</param>
/// <param name="References">Names with tag that the image gets.</param>
/// <param name="Repository">For its repository digest; null for none.</param>
/// <param name="Judge">Says whether it may come in, before anything of it is fetched, and what it is signed with; throws where it may not. Null: whoever starts it asks.</param>
internal sealed record IntakePlan(Descriptor Root, ReadOnlyMemory<byte> Bytes, Platform Platform, IReadOnlyList<string> References, string? Repository, IntakeJudge? Judge = null);

/// <summary>Judges what a name was resolved to: the documents that lead to the manifest, each of which names the next.</summary>
internal delegate Task<IntakeEvidence> IntakeJudge(IReadOnlyList<Descriptor> documents, ImageLease lease, CancellationToken ct);

/// <summary>
/// Takes an image into the store, from a registry or an archive. Either all of it counts as there at the end, or nothing new
/// does; bytes that came are kept for the next try.
/// </summary>
/// <remarks>
/// Steps: 1. choose the manifest, and ask whether it may come in; 2. read the configuration; 3. see that it fits; 4. fetch and unpack the layers, each as soon
/// as it is verified; 5. store the small blobs; 6. make names durable and write the record. Everything is leased first, so a
/// prune at the same time takes nothing of it.
/// </remarks>
internal sealed class ImageIntake(ImageStore store)
{
    /// <summary>Index in index: as deep as is taken (buildx writes one, nobody writes more).</summary>
    private const int MaxIndexDepth = 2;

    private readonly SemaphoreSlim _unpacks = new(Unpacks(store.Options));

    /// <summary>Runs the steps.</summary>
    public async Task<ImageRecord> TakeAsync(IImageSource source, IntakePlan plan, IProgress<PullProgress>? progress, CancellationToken ct)
    {
        using var lease = store.NewLease();
        try
        {
            return await TakeAsync(source, plan, lease, progress, ct).ConfigureAwait(false);
        }
        catch (Exception e) when (ImageException.IsOutOfSpace(e) && e is not ImageException { Problem: ImageProblem.OutOfSpace })
        {
            throw new ImageException(ImageProblem.OutOfSpace,
                $"pull {source.Name}: the disk that holds {store.Root.Path} is full. The store is as before; what was fetched is kept and the next pull goes on from there. {SpaceGuard.WhatToFree(store)}", e);
        }
        catch (ImageException e) when (e.Problem == ImageProblem.OutOfSpace)
        {
            throw new ImageException(ImageProblem.OutOfSpace,
                $"pull {source.Name}: {e.Message.TrimEnd('.')}. The store is as before; what was fetched is kept and the next pull goes on from there."
                + (e.Message.Contains("prune", StringComparison.Ordinal) ? "" : " " + SpaceGuard.WhatToFree(store)), e);
        }
        catch (OciFormatException e)
        {
            throw new ImageException(ImageProblem.Refused, $"pull {source.Name}: {e.Message}", e);
        }
    }

    private async Task<ImageRecord> TakeAsync(IImageSource source, IntakePlan plan, ImageLease lease, IProgress<PullProgress>? progress, CancellationToken ct)
    {
        // 1. The manifest for this platform.
        var documents = new List<(Descriptor Descriptor, ReadOnlyMemory<byte> Bytes)>();
        var manifest = await ChooseAsync(source, plan, documents, ct).ConfigureAwait(false);
        var manifestDescriptor = documents[^1].Descriptor;
        var evidence = plan.Judge is null ? null : await plan.Judge([.. documents.Select(static d => d.Descriptor)], lease, ct).ConfigureAwait(false);

        // 2. The configuration, and that both tell the same story.
        lease.ProtectBlob(manifest.Config.Digest);
        var space = new SpaceGuard(store);
        ReadOnlyMemory<byte> configBytes = await ConfigAsync(source, manifest.Config, space, ct).ConfigureAwait(false);
        var config = ImageConfig.Parse(configBytes, manifest.Config.MediaType, [.. manifest.Layers.Select(static l => l.Digest)]);
        if (config.DiffIds.Count != manifest.Layers.Count)
        {
            throw new ImageException(ImageProblem.Refused, $"pull {source.Name}: its manifest has {manifest.Layers.Count} layers, its configuration {config.DiffIds.Count}");
        }

        if (plan.Platform.Rank(config.Platform) is null)
        {
            throw new ImageException(ImageProblem.Refused, $"pull {source.Name}: it is made for {config.Platform}, and {plan.Platform} is wanted; name the platform with --platform");
        }

        // 3. Room.
        var steps = Plan(manifest, config, lease);
        space.Require(source.Name, SpaceGuard.Sum(steps.Select(static s => s.Fetch)), SpaceGuard.Sum(steps.Select(static s => s.Unpack)));

        // 4. Layers.
        var layers = await LayersAsync(source, steps, space, progress, ct).ConfigureAwait(false);

        // 5. Small blobs.
        progress?.Report(new PullProgress(PullPhase.Committing, default, 0, 0));
        await store.Content.PutAsync(manifest.Config.Digest, configBytes, ct).ConfigureAwait(false);
        foreach (var (descriptor, bytes) in documents)
        {
            lease.ProtectBlob(descriptor.Digest);
            await store.Content.PutAsync(descriptor.Digest, bytes, ct).ConfigureAwait(false);
        }

        // 6. The record.
        var wire = new ImageWire(
            1, 0, manifestDescriptor.Digest.ToString(), manifestDescriptor.MediaType,
            documents.Count > 1 ? documents[0].Descriptor.Digest.ToString() : null,
            manifest.Config.Digest.ToString(), manifest.Config.MediaType, manifest.Config.Size,
            config.Platform.ToString(), plan.References, plan.Repository is null ? [] : [$"{plan.Repository}@{documents[0].Descriptor.Digest}"],
            store.Time.GetUtcNow(),
            [.. layers.Select((l, i) => new ImageLayerWire(manifest.Layers[i].Digest.ToString(), manifest.Layers[i].MediaType, manifest.Layers[i].Size, config.DiffIds[i].ToString(), l.Name, l.Meta.Bytes))],
            evidence?.Signatures is { Count: > 0 } signatures ? signatures : null,
            evidence?.Verdict is { } verdict ? [verdict] : null);
        return store.Commit(wire);
    }

    private static int Unpacks(ImagesOptions options) => options.MaxParallelUnpacks > 0 ? options.MaxParallelUnpacks : Math.Clamp(Environment.ProcessorCount, 1, 4);

    private static async Task<ImageManifest> ChooseAsync(IImageSource source, IntakePlan plan, List<(Descriptor, ReadOnlyMemory<byte>)> documents, CancellationToken ct)
    {
        var descriptor = plan.Root;
        var bytes = plan.Bytes;
        for (int depth = 0; ; depth++)
        {
            var parsed = ManifestParser.Parse(bytes, descriptor.MediaType);
            documents.Add((descriptor, bytes));
            if (parsed is ImageManifest manifest)
            {
                return manifest.IsImage
                    ? manifest
                    : throw new ImageException(ImageProblem.Refused, $"pull {source.Name}: it is an artifact ({manifest.ArtifactType ?? manifest.Config.MediaType}), not an image that can run");
            }

            if (depth >= MaxIndexDepth)
            {
                throw new ImageException(ImageProblem.Refused, $"pull {source.Name}: an index in an index in an index is not followed");
            }

            var index = (ImageIndex)parsed;
            descriptor = index.Select(plan.Platform) ?? throw new ImageException(ImageProblem.NotFound,
                $"pull {source.Name}: it is not made for {plan.Platform}; there is {string.Join(", ", index.Manifests.Where(m => m.Platform is { Os: not "unknown" }).Select(m => m.Platform!.ToString()).Distinct())}");
            bytes = await source.ReadManifestAsync(descriptor, ct).ConfigureAwait(false);
            if (bytes.Length != descriptor.Size || Digest.Of(bytes.Span, descriptor.Digest) != descriptor.Digest)
            {
                throw new ImageException(ImageProblem.Corrupt, $"pull {source.Name}: the manifest {descriptor.Digest} came with other bytes than its digest and size say");
            }
        }
    }

    private async Task<ReadOnlyMemory<byte>> ConfigAsync(IImageSource source, Descriptor config, SpaceGuard space, CancellationToken ct)
    {
        if (config.Size > ManifestLimits.MaxBytes)
        {
            throw new ImageException(ImageProblem.Refused, $"pull {source.Name}: its configuration has {config.Size} bytes, at most {ManifestLimits.MaxBytes} are taken");
        }

        if (!store.Content.Has(config.Digest))
        {
            using var ingest = await store.Content.BeginAsync(config.Digest, config.Size, ct).ConfigureAwait(false);
            await BlobFetch.FetchAsync(source, config, ingest, store.Options, space, null, ct).ConfigureAwait(false);
            ingest.Commit();
        }

        return store.Content.ReadVerified(config.Digest, ManifestLimits.MaxBytes);
    }

    private List<LayerStep> Plan(ImageManifest manifest, ImageConfig config, ImageLease lease)
    {
        var steps = new List<LayerStep>(manifest.Layers.Count);
        for (int i = 0; i < manifest.Layers.Count; i++)
        {
            var blob = manifest.Layers[i];
            var diffId = config.DiffIds[i];
            string on = LayerNames.ChainOf(config.DiffIds.Take(i));

            // Protect, then look.
            lease.ProtectBlob(blob.Digest);
            lease.ProtectLayer(diffId);
            bool unpacked = store.Layers.Find(diffId, on) is not null;
            bool wanted = !store.Content.Has(blob.Digest) && (!unpacked || store.Options.KeepBlobs);
            steps.Add(new LayerStep(i, blob, diffId, on, wanted ? blob.Size : 0, unpacked ? 0 : SpaceGuard.Unpacked(blob)));
        }

        return steps;
    }

    private async Task<StoredLayer[]> LayersAsync(IImageSource source, List<LayerStep> steps, SpaceGuard space, IProgress<PullProgress>? progress, CancellationToken ct)
    {
        // One that fails stops the others; what they fetched stays for the next try.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var downloads = new SemaphoreSlim(store.Options.MaxParallelDownloads);
        var tasks = new Task<StoredLayer>[steps.Count];
        var context = new LayerContext(source, space, progress, downloads, tasks, stop.Token);
        for (int i = 0; i < steps.Count; i++)
        {
            var step = steps[i];
            var started = new TaskCompletionSource<StoredLayer>(TaskCreationOptions.RunContinuationsAsynchronously);
            tasks[i] = started.Task;
            _ = Task.Run(() => RunAsync(step, context, started, stop), CancellationToken.None);
        }

        try
        {
            return await Task.WhenAll(tasks).ConfigureAwait(false);
        }
        catch when (!ct.IsCancellationRequested)
        {
            // The first real failure tells more than the cancellations that followed it.
            var failure = tasks.Where(t => t.IsFaulted).Select(t => t.Exception!.InnerException!).FirstOrDefault();
            if (failure is not null)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
            }

            throw;
        }
    }

    private async Task RunAsync(LayerStep step, LayerContext context, TaskCompletionSource<StoredLayer> result, CancellationTokenSource stop)
    {
        try
        {
            result.SetResult(await LayerAsync(step, context).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            result.TrySetCanceled(CancellationToken.None);
        }
#pragma warning disable CA1031 // handed on to who awaits the layer
        catch (Exception e)
        {
            result.TrySetException(e);
            await stop.CancelAsync().ConfigureAwait(false);
        }
#pragma warning restore CA1031
    }

    private async Task<StoredLayer> LayerAsync(LayerStep step, LayerContext context)
    {
        var ct = context.Stop;
        using var one = await store.Layers.TakeAsync(step.DiffId, step.On, ct).ConfigureAwait(false);
        var there = store.Layers.Find(step.DiffId, step.On);
        if (there is not null && (!store.Options.KeepBlobs || store.Content.Has(step.Blob.Digest)))
        {
            context.Progress?.Report(new PullProgress(PullPhase.Done, step.Blob.Digest, step.Blob.Size, step.Blob.Size, WasThere: true));
            return there;
        }

        var pending = await FetchAsync(step, there is not null, context).ConfigureAwait(false);
        var layer = there ?? await CommitAsync(step, pending!, context).ConfigureAwait(false);
        if (!store.Options.KeepBlobs)
        {
            await store.Content.DiscardAsync(step.Blob.Digest, ct).ConfigureAwait(false);
        }

        context.Progress?.Report(new PullProgress(PullPhase.Done, step.Blob.Digest, step.Blob.Size, step.Blob.Size));
        return layer;
    }

    /// <summary>
    /// Fetches a layer's blob and unpacks it, unless that is done. The blob is held only here, and nobody waits here for another layer: a layer beneath
    /// may be of the same blob.
    /// </summary>
    private async Task<PendingLayer?> FetchAsync(LayerStep step, bool isUnpacked, LayerContext context)
    {
        var ct = context.Stop;
        PendingLayer? pending = null;

        // The bytes, verified before a parser sees one of them.
        var ingest = await store.Content.BeginAsync(step.Blob.Digest, step.Blob.Size, ct).ConfigureAwait(false);
        try
        {
            await context.Downloads.WaitAsync(ct).ConfigureAwait(false);
            try
            {
                await BlobFetch.FetchAsync(context.Source, step.Blob, ingest, store.Options, context.Space, context.Progress, ct).ConfigureAwait(false);
            }
            finally
            {
                context.Downloads.Release();
            }

            // Unpacking reads what is in the page cache, while the blob is made durable beside it.
            using var blob = ingest.OpenVerified();
            var kept = store.Options.KeepBlobs ? Task.Run(ingest.Commit, CancellationToken.None) : Task.CompletedTask;
            try
            {
                pending = isUnpacked ? null : await UnpackAsync(step, blob, context).ConfigureAwait(false);
            }
            finally
            {
                await kept.ConfigureAwait(false);
            }

            return pending;
        }
        catch
        {
            pending?.Discard();
            throw;
        }
        finally
        {
            ingest.Dispose();
        }
    }

    private async Task<PendingLayer> UnpackAsync(LayerStep step, FileDescriptor blob, LayerContext context)
    {
        long done = 0;
        void OnBytes(long bytes)
        {
            context.Space.Charge(bytes);
            done += bytes;
            context.Progress?.Report(new PullProgress(PullPhase.Unpacking, step.Blob.Digest, done, 0));
        }

        await _unpacks.WaitAsync(context.Stop).ConfigureAwait(false);
        try
        {
            return await Task.Factory.StartNew(
                () => store.Layers.Unpack(blob, step.Blob.MediaType, step.DiffId, OnBytes, context.Stop),
                context.Stop, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        }
        finally
        {
            _unpacks.Release();
        }
    }

    private async Task<StoredLayer> CommitAsync(LayerStep step, PendingLayer pending, LayerContext context)
    {
        // Directories that the layer does not describe look as they do beneath it: only then the lower layers are waited for,
        // and neither in an unpacker's place nor with the blob held, which they may need.
        var lowers = new List<string>();
        try
        {
            for (int i = step.Index - 1; i >= 0 && pending.NeedsLowers; i--)
            {
                lowers.Add((await context.Layers[i].WaitAsync(context.Stop).ConfigureAwait(false)).Name);
            }
        }
        catch
        {
            pending.Discard();
            throw;
        }

        var stored = await store.Layers.CommitAsync(pending, step.On, lowers, context.Stop).ConfigureAwait(false);
        store.Gate.NoteFresh(stored.Name);
        return stored;
    }

    /// <summary>One layer's work.</summary>
    /// <param name="Fetch">Bytes to fetch; 0 where the blob is there or not needed.</param>
    /// <param name="Unpack">Bytes it will take on disk, estimated; 0 where it is there.</param>
    private sealed record LayerStep(int Index, Descriptor Blob, Digest DiffId, string On, long Fetch, long Unpack);

    private sealed record LayerContext(
        IImageSource Source, SpaceGuard Space, IProgress<PullProgress>? Progress, SemaphoreSlim Downloads, Task<StoredLayer>[] Layers, CancellationToken Stop);
}
