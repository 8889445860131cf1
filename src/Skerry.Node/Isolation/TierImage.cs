using Skerry.Oci;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Isolation;

/// <summary>What a tier is told of an image. What the image says is a stranger's word.</summary>
internal sealed record TierImage
{
    /// <summary>Digest of the manifest.</summary>
    public required string ManifestDigest { get; init; }

    /// <summary>Layer directories, absolute, bottom first.</summary>
    public required IReadOnlyList<string> Layers { get; init; }

    /// <summary>What it says it was made for.</summary>
    public required Platform Platform { get; init; }

    /// <summary>
    /// It says that it holds WebAssembly: by its platform, or by the label of images that are made for the node's processor by name only
    /// (<c>module.wasm.image/variant</c>, as crun and runwasi read it).
    /// </summary>
    public bool IsWebAssembly => Platform.IsWebAssembly || Process.Labels.ContainsKey("module.wasm.image/variant");

    /// <summary>Reads the annotations of its manifest.</summary>
    public Func<IReadOnlyDictionary<string, string>> ReadAnnotations { get; init; } = static () => new Dictionary<string, string>();

    /// <summary>Its trust policy wants programs refused that are not of it: the node's word, and not the image's.</summary>
    public bool DeniesDrift { get; init; }

    /// <summary>What the image says of its process.</summary>
    public required ImageProcess Process { get; init; }
}
