using System.Text;
using Skerry.Oci.Manifests;

namespace Skerry.Oci.Archives;

/// <summary>Makes an artifact of one WebAssembly module or component (CNCF TAG Runtime, Wasm OCI Artifact layout).</summary>
public static class WasmArtifact
{
    /// <summary>An artifact; the same bytes give the same digests.</summary>
    /// <param name="module">The module.</param>
    /// <param name="os">wasip1 for a module, wasip2 for a component.</param>
    /// <param name="layerType">Media type of the layer.</param>
    public static BuiltImage Build(ReadOnlyMemory<byte> module, string os = "wasip1", string layerType = MediaTypes.WasmLayer)
    {
        var layer = Blob(layerType, module.ToArray());
        var config = Blob(MediaTypes.WasmConfig, Encoding.UTF8.GetBytes($$"""{"architecture":"wasm","os":"{{os}}","layerDigests":["{{layer.Descriptor.Digest}}"]}"""));
        var manifest = ManifestWriter.Manifest(config.Descriptor, [layer.Descriptor]);
        return new BuiltImage(new Descriptor(MediaTypes.OciManifest, Digest.OfSha256(manifest), manifest.Length), manifest, config, [layer], [layer.Descriptor.Digest]);
    }

    private static BuiltBlob Blob(string mediaType, byte[] bytes) =>
        new(new Descriptor(mediaType, Digest.OfSha256(bytes), bytes.Length), new MemoryStream(bytes), null);
}
