using Skerry.Oci;
using Skerry.Oci.Distribution;
using Skerry.Oci.Manifests;
using Skerry.Oci.Trust.Policies;

namespace Skerry.Node.Images.Trust;

/// <summary>Keeps what images were signed with among the other blobs, so that they can be verified again without a network.</summary>
internal sealed class StoredSignatures(ImageStore store)
{
    /// <summary>Most manifests of signatures that are kept of one image; the newest stay.</summary>
    internal const int Most = SignatureSearch.MaxManifests;

    /// <summary>Stores manifests with their blobs. The lease keeps them until the record of the image names them.</summary>
    internal async Task<IReadOnlyList<ImageSignatureWire>> KeepAsync(IReadOnlyList<SignatureManifest> manifests, ImageLease lease, CancellationToken ct)
    {
        var kept = new List<ImageSignatureWire>();
        foreach (var manifest in manifests.DistinctBy(static m => m.Descriptor.Digest).Take(Most))
        {
            List<(Digest Digest, ReadOnlyMemory<byte> Bytes)> blobs = [(manifest.Descriptor.Digest, manifest.Bytes), .. manifest.Layers.Select(static l => (l.Layer.Digest, l.Blob))];
            if (manifest.Config is { } config && ManifestParser.Parse(manifest.Bytes, manifest.Descriptor.MediaType) is ImageManifest { Config.Digest: var named })
            {
                blobs.Add((named, config));
            }

            foreach (var (digest, bytes) in blobs)
            {
                lease.ProtectBlob(digest);
                await store.Content.PutAsync(digest, bytes, ct, again: !IsWhole(digest)).ConfigureAwait(false);
            }

            kept.Add(new ImageSignatureWire(
                manifest.Descriptor.Digest.ToString(), manifest.Descriptor.MediaType, manifest.Descriptor.Size, manifest.Place,
                manifest.Config is not null, [.. blobs.Skip(1).Select(static b => b.Digest.ToString())]));
        }

        return kept;
    }

    /// <summary>One that rotted is written again: it is at hand just now.</summary>
    private bool IsWhole(Digest digest)
    {
        try
        {
            return store.Content.Has(digest) && store.Content.ReadVerified(digest, ManifestLimits.MaxBytes).Length >= 0;
        }
        catch (ImageException)
        {
            return false;
        }
    }

    /// <summary>What an image can be verified with. A blob that is missing or damaged is passed over, and said.</summary>
    internal TrustEvidence EvidenceOf(ImageRecord image)
    {
        var found = new List<FoundSignature>();
        var passedOver = new List<string>();
        foreach (var signature in image.Wire.Signatures ?? [])
        {
            try
            {
                var bytes = store.Content.ReadVerified(Digest.Parse(signature.Manifest), ManifestLimits.MaxBytes);
                if (ManifestParser.Parse(bytes, signature.MediaType) is ImageManifest manifest)
                {
                    found.AddRange(manifest.Layers
                        .Where(l => SignatureManifest.IsSignature(l.MediaType) && signature.Blobs.Contains(l.Digest.ToString(), StringComparer.Ordinal))
                        .Select(l => new FoundSignature(signature.Place, l, store.Content.ReadVerified(l.Digest, ManifestLimits.MaxBytes))));
                }
            }
            catch (Exception error) when (error is ImageException or OciFormatException)
            {
                passedOver.Add($"{signature.Place}, as it is kept here: {error.Message}");
            }
        }

        return new TrustEvidence(found) { PassedOver = passedOver };
    }
}
