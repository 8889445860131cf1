namespace Skerry.Oci.Manifests;

/// <summary>What a manifest document turned out to be: <see cref="ImageManifest"/> or <see cref="ImageIndex"/>, nothing else.</summary>
public abstract record ParsedManifest
{
    private protected ParsedManifest()
    {
    }

    /// <summary>The document's media type: what it says itself, else what its place said.</summary>
    public required string MediaType { get; init; }

    /// <summary>Annotations; never null.</summary>
    public required IReadOnlyDictionary<string, string> Annotations { get; init; }

    /// <summary>What kind of artifact it is; null for images.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The manifest this one is about (signature, SBOM …); null for images.</summary>
    public Descriptor? Subject { get; init; }
}
