using Skerry.Oci;
using Skerry.Oci.Distribution;

namespace Skerry.Node.Images.Pulling;

/// <summary>Where an image comes from, a registry or an archive: the seam between fetching and keeping. Nothing it gives is trusted.</summary>
internal interface IImageSource
{
    /// <summary>What the image is called there, for messages.</summary>
    string Name { get; }

    /// <summary>The manifest or index of a digest.</summary>
    Task<ReadOnlyMemory<byte>> ReadManifestAsync(Descriptor manifest, CancellationToken ct);

    /// <summary>A blob, from <paramref name="offset"/> on or, where that is not possible, from its start.</summary>
    Task<OpenedBlob> OpenBlobAsync(Descriptor blob, long offset, CancellationToken ct);
}

/// <summary>A blob on its way; not yet checked.</summary>
/// <param name="Content">The bytes from <paramref name="Offset"/> on.</param>
/// <param name="Offset">Where they begin.</param>
/// <param name="Owner">Disposed after the content.</param>
internal sealed record OpenedBlob(Stream Content, long Offset, IDisposable? Owner) : IDisposable
{
    public void Dispose()
    {
        Content.Dispose();
        Owner?.Dispose();
    }
}

/// <summary>An image of a registry.</summary>
internal sealed class RegistrySource(RegistryClient client, ImageReference reference) : IImageSource
{
    public string Name => reference.ToString();

    public async Task<ReadOnlyMemory<byte>> ReadManifestAsync(Descriptor manifest, CancellationToken ct) =>
        (await client.GetManifestAsync(reference.WithDigest(manifest.Digest), ct).ConfigureAwait(false)).Bytes;

    public async Task<OpenedBlob> OpenBlobAsync(Descriptor blob, long offset, CancellationToken ct)
    {
        var response = await client.OpenBlobAsync(reference, blob, offset, ct).ConfigureAwait(false);
        return new OpenedBlob(response.Content, response.Offset, response);
    }
}
