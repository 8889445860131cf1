using Skerry.Node.Images.Pulling;
using Skerry.Node.Images.Trust;
using Skerry.Oci;
using Skerry.Oci.Archives;
using Skerry.Oci.Distribution;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Images.Transfer;

/// <summary>
/// Takes images from an archive (OCI layout or <c>docker save</c>; plain, gzip or zstd), with the checks and the durability of
/// a pull.
/// </summary>
/// <remarks>Steps: 1. every blob of the stream is stored under the digest its bytes have; 2. the images are taken in from there.</remarks>
public sealed class ImageImporter(ImageStore store)
{
    private readonly ImageIntake _intake = new(store);

    /// <summary>Imports all images of an archive.</summary>
    /// <param name="archive">The archive from its first byte; read forward only, left open.</param>
    /// <param name="reference">The name of an archive's only image where the archive gives it none.</param>
    /// <param name="platform">Which platform of an index; null: this machine's.</param>
    /// <param name="progress">Told what happens.</param>
    /// <param name="ct">Stops it.</param>
    /// <exception cref="ImageException">It does not fit, is not allowed, or is not what its digests say.</exception>
    public async Task<IReadOnlyList<ImageRecord>> ImportAsync(
        Stream archive, ImageReference? reference = null, Platform? platform = null, IProgress<PullProgress>? progress = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(archive);
        var lease = store.NewLease();
        try
        {
            // 1. Blobs.
            var images = await Task.Factory.StartNew(() => Store(archive, lease, progress, ct), ct, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);

            // 2. Images, each with the signatures that the archive brings.
            var source = new StoredSource(store);
            var records = new List<ImageRecord>();
            var signatures = await Task.Run(() => ArchivedSignatures.Find(store, lease), ct).ConfigureAwait(false);
            images = [.. images.Where(i => !signatures.Any(s => s.Descriptor.Digest == i.Manifest.Digest))];
            if (images.Count == 0)
            {
                throw new ImageException(ImageProblem.Refused, "import archive: it holds signatures and no image");
            }

            foreach (var image in images)
            {
                var names = image.References.Where(r => r.Tag is not null).Select(r => r.WithTag(r.Tag!).ToString()).ToList();
                if (names.Count == 0 && reference is not null && images.Count == 1)
                {
                    names.Add(reference.WithTag(reference.Tag ?? ImageReference.DefaultTag).ToString());
                }

                var bytes = image.NewManifest ?? store.Content.ReadVerified(image.Manifest.Digest, ManifestLimits.MaxBytes);
                records.Add(await _intake.TakeAsync(source, new IntakePlan(image.Manifest, bytes, platform ?? Platform.Current, names, null, (documents, held, stop) => Attach(signatures, documents, held, stop)), progress, ct).ConfigureAwait(false));
            }

            return records;
        }
        catch (OciFormatException e)
        {
            throw new ImageException(ImageProblem.Refused, $"import archive: {e.Message}", e);
        }
        catch (Exception e) when (ImageException.IsOutOfSpace(e) && e is not ImageException)
        {
            throw new ImageException(ImageProblem.OutOfSpace, $"import archive: the disk that holds {store.Root.Path} is full. {SpaceGuard.WhatToFree(store)}", e);
        }
        finally
        {
            var blobs = store.Under(() => lease.Blobs.ToList());
            lease.Dispose();
            if (!store.Options.KeepBlobs)
            {
                await new Upkeep.ImageCollector(store).DropAsync(blobs).ConfigureAwait(false);
            }
        }
    }

    private async Task<IntakeEvidence> Attach(IReadOnlyList<SignatureManifest> signatures, IReadOnlyList<Descriptor> documents, ImageLease lease, CancellationToken ct)
    {
        var about = signatures.Where(s => ArchivedSignatures.MayBeAbout(s, documents)).ToList();
        return new IntakeEvidence(await new StoredSignatures(store).KeepAsync(about, lease, ct).ConfigureAwait(false), null);
    }

    private IReadOnlyList<ArchivedImage> Store(Stream archive, ImageLease lease, IProgress<PullProgress>? progress, CancellationToken ct)
    {
        var space = new SpaceGuard(store);
        using var reader = new ImageArchiveReader(archive, leaveOpen: true);
        while (reader.ReadBlob() is { } blob)
        {
            ct.ThrowIfCancellationRequested();
            var digest = store.Content.Adopt(blob.Content, blob.ExpectedDigest, blob.Complete, lease.ProtectBlob, space.Charge);
            progress?.Report(new PullProgress(PullPhase.Fetching, digest, blob.Size, blob.Size));
        }

        return reader.Resolve(digest => store.Content.ReadVerified(digest, ManifestLimits.MaxBytes));
    }
}
