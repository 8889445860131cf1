using System.Buffers;
using System.Text.Json;
using Skerry.Oci.Manifests;
using Skerry.Oci.Trust.Signing;

namespace Skerry.Oci.Distribution;

/// <summary>Stores signatures on a registry: under cosign's tag, or as referrers, with the fallback tag where a registry knows no referrers.</summary>
public static class SignaturePush
{
    private const int MaxFallbackEntries = 1024;

    /// <summary>The manifest that lies under cosign's tag for an image; null for none.</summary>
    /// <exception cref="RegistryException">The registry did not answer.</exception>
    public static async Task<ImageManifest?> UnderTagAsync(RegistryClient client, ImageReference repository, Digest image, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(repository);
        return (await TryGetAsync(client, repository.WithTag(CosignSigning.TagOf(image)), cancellationToken).ConfigureAwait(false))?.Manifest as ImageManifest;
    }

    /// <summary>Stores a signature.</summary>
    /// <param name="client">Speaks to the registry.</param>
    /// <param name="repository">Where the image is.</param>
    /// <param name="image">The image that is signed.</param>
    /// <param name="signature">The signature.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Where it lies, in words.</returns>
    /// <exception cref="RegistryException">The registry did not take it.</exception>
    public static async Task<string> RunAsync(RegistryClient client, ImageReference repository, Digest image, SignatureArtifact signature, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(signature);

        // 1. Blobs, 2. the manifest that names them, 3. what leads to it.
        var parsed = (ImageManifest)ManifestParser.Parse(signature.Manifest, MediaTypes.OciManifest);
        await UploadAsync(client, repository, parsed.Config, signature.Config, cancellationToken).ConfigureAwait(false);
        foreach (var (layer, blob) in signature.Layers)
        {
            await UploadAsync(client, repository, layer, blob, cancellationToken).ConfigureAwait(false);
        }

        var target = signature.Tag is { } tag ? repository.WithTag(tag) : repository.WithDigest(signature.Descriptor.Digest);
        await client.PutManifestAsync(target, signature.Manifest, MediaTypes.OciManifest, cancellationToken).ConfigureAwait(false);
        if (signature.Tag is not null)
        {
            return $"tag {signature.Tag}";
        }

        if (!(await client.GetReferrersAsync(repository, image, cancellationToken).ConfigureAwait(false)).Any(r => r.Digest == signature.Descriptor.Digest))
        {
            await ListAsync(client, repository, image, signature, cancellationToken).ConfigureAwait(false);
        }

        return $"referrer {signature.Descriptor.Digest}";
    }

    /// <summary>Adds an entry to the index under the fallback tag (OCI distribution-spec v1.1 "Unavailable Referrers API"). Two who do so at once can lose one; sign again then.</summary>
    private static async Task ListAsync(RegistryClient client, ImageReference repository, Digest image, SignatureArtifact signature, CancellationToken cancellationToken)
    {
        var tag = repository.WithTag($"{image.Algorithm}-{image.Hex[..64]}");
        var before = await TryGetAsync(client, tag, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<Descriptor> entries = before?.Manifest is ImageIndex index ? index.Manifests : [];
        var parsed = (ImageManifest)ManifestParser.Parse(signature.Manifest, MediaTypes.OciManifest);
        var mine = signature.Descriptor with { ArtifactType = signature.ArtifactType, Annotations = parsed.Annotations };
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", 2);
            json.WriteString("mediaType", MediaTypes.OciIndex);
            json.WriteStartArray("manifests");
            foreach (var entry in entries.Take(MaxFallbackEntries - 1).Append(mine))
            {
                Write(json, entry);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        await client.PutManifestAsync(tag, buffer.WrittenMemory, MediaTypes.OciIndex, cancellationToken).ConfigureAwait(false);
    }

    private static void Write(Utf8JsonWriter json, Descriptor entry)
    {
        json.WriteStartObject();
        json.WriteString("mediaType", entry.MediaType);
        json.WriteString("digest", entry.Digest.ToString());
        json.WriteNumber("size", entry.Size);
        if (entry.ArtifactType is { } type)
        {
            json.WriteString("artifactType", type);
        }

        SignatureArtifact.Pairs(json, "annotations", entry.Annotations);
        json.WriteEndObject();
    }

    private static Task UploadAsync(RegistryClient client, ImageReference repository, Descriptor descriptor, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        client.UploadBlobAsync(repository, new Descriptor(descriptor.MediaType, descriptor.Digest, bytes.Length), () => new MemoryStream(bytes.ToArray()), cancellationToken);

    private static async Task<FetchedManifest?> TryGetAsync(RegistryClient client, ImageReference reference, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetManifestAsync(reference, cancellationToken).ConfigureAwait(false);
        }
        catch (RegistryException e) when (e.Failure == RegistryFailure.NotFound)
        {
            return null;
        }
    }
}
