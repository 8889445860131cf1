namespace Skerry.Oci.Manifests;

/// <summary>An image for one platform: its configuration and its layers, lowest first (OCI manifest.md, Docker schema 2).</summary>
public sealed record ImageManifest : ParsedManifest
{
    /// <summary>The configuration blob.</summary>
    public required Descriptor Config { get; init; }

    /// <summary>The layers, lowest first; at most <see cref="ManifestLimits.MaxLayers"/>.</summary>
    public required IReadOnlyList<Descriptor> Layers { get; init; }

    /// <summary>Whether this is an image that can be unpacked, not some other artifact.</summary>
    public bool IsImage => MediaTypes.IsConfig(Config.MediaType) && Layers.All(l => MediaTypes.IsLayer(l.MediaType));

    /// <summary>Bytes of configuration and layers as stored on the registry.</summary>
    public long TotalSize => Layers.Aggregate(Config.Size, (sum, layer) => sum + layer.Size);
}
