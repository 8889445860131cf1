using Skerry.Oci.Distribution;

namespace Skerry.Oci.Archives;

/// <summary>An image that was made: manifest, configuration and layers.</summary>
/// <param name="Manifest">What points to it.</param>
/// <param name="ManifestBytes">The manifest.</param>
/// <param name="Config">The configuration.</param>
/// <param name="Layers">The layers, lowest first.</param>
/// <param name="DiffIds">Digests of the unpacked layers.</param>
public sealed record BuiltImage(Descriptor Manifest, ReadOnlyMemory<byte> ManifestBytes, BuiltBlob Config, IReadOnlyList<BuiltBlob> Layers, IReadOnlyList<Digest> DiffIds)
{
    /// <summary>Opens any blob of it, the manifest too; null for others. As <see cref="ImageArchiveWriter.Write"/> wants it.</summary>
    public Stream? Open(Descriptor blob)
    {
        ArgumentNullException.ThrowIfNull(blob);
        return blob.Digest == Manifest.Digest ? new MemoryStream(ManifestBytes.ToArray(), writable: false)
            : Layers.Append(Config).FirstOrDefault(b => b.Descriptor.Digest == blob.Digest)?.Open();
    }

    /// <summary>Stores it on a registry under a name: blobs first, so that the name never points to something incomplete.</summary>
    /// <exception cref="RegistryException">The registry did not take it.</exception>
    public async Task<Digest> PushAsync(RegistryClient client, ImageReference reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        foreach (var blob in Layers.Append(Config).DistinctBy(b => b.Descriptor.Digest))
        {
            await client.UploadBlobAsync(reference, blob.Descriptor, blob.Open, cancellationToken).ConfigureAwait(false);
        }

        return await client.PutManifestAsync(reference, ManifestBytes, Manifest.MediaType, cancellationToken).ConfigureAwait(false);
    }
}
