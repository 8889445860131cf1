using Skerry.Node.Images.Pulling;
using Skerry.Oci;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Images.Transfer;

/// <summary>An image whose blobs were stored from an archive.</summary>
internal sealed class StoredSource(ImageStore store) : IImageSource
{
    public string Name => "the archive";

    public Task<ReadOnlyMemory<byte>> ReadManifestAsync(Descriptor manifest, CancellationToken ct) =>
        Task.FromResult<ReadOnlyMemory<byte>>(store.Content.ReadVerified(manifest.Digest, ManifestLimits.MaxBytes));

    public Task<OpenedBlob> OpenBlobAsync(Descriptor blob, long offset, CancellationToken ct)
    {
        // Only asked for what is not in the store: the archive named it and did not bring it.
        throw new ImageException(ImageProblem.NotFound, $"import archive: it names the blob {blob.Digest} but does not hold it");
    }
}
