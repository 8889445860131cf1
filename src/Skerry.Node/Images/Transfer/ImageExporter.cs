using Skerry.Oci;
using Skerry.Oci.Archives;

namespace Skerry.Node.Images.Transfer;

/// <summary>Writes images of the store to an archive that other tools read. Every blob is hashed again on its way out.</summary>
public sealed class ImageExporter(ImageStore store)
{
    /// <summary>Writes one archive with all of <paramref name="images"/>.</summary>
    /// <param name="images">Names or ids.</param>
    /// <param name="format">Which kind of archive.</param>
    /// <param name="target">Where it goes; written forward only, left open.</param>
    /// <param name="ct">Asked before it begins; to stop it later, end the target.</param>
    /// <exception cref="ImageException">No such image; a blob is missing or corrupt. What was written is then unusable.</exception>
    public async Task ExportAsync(IReadOnlyList<string> images, ArchiveFormat format, Stream target, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        var held = new List<(ImageRecord Image, ImageLease Lease)>();
        try
        {
            foreach (string name in images)
            {
                held.Add(store.Hold(name));
            }

            foreach (var (image, _) in held)
            {
                if (image.Layers.FirstOrDefault(l => !store.Content.Has(l.Blob.Digest)) is { } gone)
                {
                    throw new ImageException(ImageProblem.NotFound,
                        $"export {image}: its compressed layer {gone.Blob.Digest} is not in the store; " + (store.Options.KeepBlobs
                            ? "pull or import the image again"
                            : "this node does not keep them: set keep_blobs = true under [images] in skerry.toml, restart skerryd, then pull or import the image again"));
                }
            }

            var list = held.Select(h => new ArchiveImage(
                new Descriptor(h.Image.Wire.ManifestMediaType, h.Image.ManifestDigest, store.Content.Size(h.Image.ManifestDigest) ?? 0),
                [.. h.Image.References.Select(ImageReference.Parse)])).ToList();
            if (format == ArchiveFormat.OciArchive)
            {
                // Signatures go with what they sign; docker's own format has no place for them.
                list.AddRange(held.SelectMany(static h => h.Image.Wire.Signatures ?? []).Where(static s => s.IsWhole).DistinctBy(static s => s.Manifest)
                    .Select(static s => new ArchiveImage(new Descriptor(s.MediaType, Digest.Parse(s.Manifest), s.Size), [])));
            }

            await Task.Factory.StartNew(() => ImageArchiveWriter.Write(target, format, list, Open), ct, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        }
        catch (OciFormatException e)
        {
            throw new ImageException(ImageProblem.Corrupt, $"export: {e.Message}", e);
        }
        finally
        {
            foreach (var (_, lease) in held)
            {
                lease.Dispose();
            }
        }
    }

    private FileStream? Open(Descriptor blob) =>
        store.Content.Has(blob.Digest) ? new FileStream(store.Content.Open(blob.Digest).ToFileHandle(), FileAccess.Read, 256 * 1024) : null;
}
