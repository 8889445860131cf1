namespace Skerry.Oci;

/// <summary>Media types of images (OCI image-spec v1.1 media-types.md; Docker image manifest v2 schema 2).</summary>
public static class MediaTypes
{
    /// <summary>OCI image index.</summary>
    public const string OciIndex = "application/vnd.oci.image.index.v1+json";

    /// <summary>OCI image manifest.</summary>
    public const string OciManifest = "application/vnd.oci.image.manifest.v1+json";

    /// <summary>OCI image configuration.</summary>
    public const string OciConfig = "application/vnd.oci.image.config.v1+json";

    /// <summary>OCI layer, plain tar.</summary>
    public const string OciLayer = "application/vnd.oci.image.layer.v1.tar";

    /// <summary>OCI layer, tar in gzip.</summary>
    public const string OciLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";

    /// <summary>OCI layer, tar in zstd.</summary>
    public const string OciLayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";

    /// <summary>The empty JSON object that artifacts have for a configuration.</summary>
    public const string OciEmpty = "application/vnd.oci.empty.v1+json";

    /// <summary>Configuration of a WebAssembly artifact (CNCF TAG Runtime, Wasm OCI Artifact layout).</summary>
    public const string WasmConfig = "application/vnd.wasm.config.v0+json";

    /// <summary>Configuration of a WebAssembly artifact as wasm-to-oci wrote it; what it holds is not specified.</summary>
    public const string WasmConfigV1 = "application/vnd.wasm.config.v1+json";

    /// <summary>A module or component as it is (CNCF).</summary>
    public const string WasmLayer = "application/wasm";

    /// <summary>A module as it is (wasm-to-oci, Solo.io's image specification).</summary>
    public const string WasmContentLayer = "application/vnd.wasm.content.layer.v1+wasm";

    /// <summary>Docker manifest list.</summary>
    public const string DockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json";

    /// <summary>Docker image manifest, schema 2.</summary>
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

    /// <summary>Docker image manifest, schema 1: refused.</summary>
    public const string DockerManifestV1 = "application/vnd.docker.distribution.manifest.v1+json";

    /// <summary>Docker image manifest, schema 1, signed: refused.</summary>
    public const string DockerManifestV1Signed = "application/vnd.docker.distribution.manifest.v1+prettyjws";

    /// <summary>Docker image configuration.</summary>
    public const string DockerConfig = "application/vnd.docker.container.image.v1+json";

    /// <summary>Docker layer, plain tar.</summary>
    public const string DockerLayer = "application/vnd.docker.image.rootfs.diff.tar";

    /// <summary>Docker layer, tar in gzip.</summary>
    public const string DockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";

    /// <summary>Docker layer, tar in zstd (BuildKit).</summary>
    public const string DockerLayerZstd = "application/vnd.docker.image.rootfs.diff.tar.zstd";

    /// <summary>Whether it is an index of either kind.</summary>
    public static bool IsIndex(string? mediaType) => mediaType is OciIndex or DockerManifestList;

    /// <summary>Whether it is an image manifest of either kind (schema 1 is none).</summary>
    public static bool IsManifest(string? mediaType) => mediaType is OciManifest or DockerManifest;

    /// <summary>Whether it is an image configuration of either kind.</summary>
    public static bool IsConfig(string? mediaType) => mediaType is OciConfig or DockerConfig || IsWasmConfig(mediaType);

    /// <summary>Whether it is the configuration of a WebAssembly artifact.</summary>
    public static bool IsWasmConfig(string? mediaType) => mediaType is WasmConfig or WasmConfigV1;

    /// <summary>Whether it is a layer that is a module itself and no archive.</summary>
    public static bool IsWasmLayer(string? mediaType) => mediaType is WasmLayer or WasmContentLayer;

    /// <summary>Whether it is a layer that can be unpacked: tar, plain or in gzip or zstd; foreign (non-distributable) layers too; a module.</summary>
    public static bool IsLayer(string? mediaType) => Compression(mediaType) is not null;

    /// <summary>How a layer of this media type is compressed; null for what is no layer.</summary>
    public static LayerCompression? Compression(string? mediaType) => mediaType switch
    {
        WasmLayer or WasmContentLayer or OciLayer or DockerLayer or "application/vnd.oci.image.layer.nondistributable.v1.tar" => LayerCompression.None,
        OciLayerGzip or DockerLayerGzip or "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
            or "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" => LayerCompression.Gzip,
        OciLayerZstd or DockerLayerZstd or "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd" => LayerCompression.Zstd,
        _ => null,
    };
}
