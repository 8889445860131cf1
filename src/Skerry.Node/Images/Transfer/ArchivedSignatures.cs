using Skerry.Oci;
using Skerry.Oci.Distribution;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Images.Transfer;

/// <summary>
/// Finds the signatures that came with an archive: layouts that <c>cosign save</c> or <c>notation sign --oci-layout</c> wrote, and our own
/// exports. Tools name them differently in index.json, so each small blob is looked at for what it is.
/// </summary>
internal static class ArchivedSignatures
{
    private const int Most = 1024;

    /// <summary>All manifests of signatures among the blobs that the lease holds.</summary>
    internal static IReadOnlyList<SignatureManifest> Find(ImageStore store, ImageLease lease)
    {
        var found = new List<SignatureManifest>();
        var blobs = store.Under(() => lease.Blobs.ToList());
        foreach (var digest in blobs.Where(d => store.Content.Size(d) is > 0 and <= ManifestLimits.MaxBytes))
        {
            if (found.Count == Most)
            {
                break;
            }

            if (Read(store, digest, blobs) is { } manifest)
            {
                found.Add(manifest);
            }
        }

        return found;
    }

    /// <summary>Whether a manifest says that it is about one of the documents, or, as cosign's, says nothing of that itself.</summary>
    internal static bool MayBeAbout(SignatureManifest signature, IReadOnlyList<Descriptor> documents) =>
        ManifestParser.Parse(signature.Bytes, signature.Descriptor.MediaType).Subject is not { } subject || documents.Any(d => d.Digest == subject.Digest);

    private static SignatureManifest? Read(ImageStore store, Digest digest, IReadOnlyList<Digest> held)
    {
        var bytes = store.Content.ReadVerified(digest, ManifestLimits.MaxBytes);
        if (bytes[0] != '{' || Parse(bytes) is not { } manifest || !SignatureManifest.HoldsSignatures(manifest))
        {
            return null;
        }

        var layers = manifest.Layers.Where(l => SignatureManifest.IsSignature(l.MediaType) && held.Contains(l.Digest) && store.Content.Size(l.Digest) <= ManifestLimits.MaxBytes)
            .Select(l => (l, (ReadOnlyMemory<byte>)store.Content.ReadVerified(l.Digest, ManifestLimits.MaxBytes))).ToList();
        ReadOnlyMemory<byte>? config = held.Contains(manifest.Config.Digest) && store.Content.Size(manifest.Config.Digest) <= ManifestLimits.MaxBytes
            ? store.Content.ReadVerified(manifest.Config.Digest, ManifestLimits.MaxBytes) : manifest.Config.Digest == SignatureManifest.EmptyDigest ? SignatureManifest.Empty : null;
        return new SignatureManifest($"archive, manifest {digest}", new Descriptor(manifest.MediaType, digest, bytes.Length), bytes, config, layers);
    }

    /// <summary>Most blobs are no manifest, which is no error.</summary>
    private static ImageManifest? Parse(byte[] bytes)
    {
        try
        {
            return ManifestParser.Parse(bytes, null) as ImageManifest;
        }
        catch (OciFormatException)
        {
            return null;
        }
    }
}
