namespace Skerry.Oci.Manifests;

/// <summary>Bounds for manifests, indexes and configurations, which come from strangers.</summary>
public static class ManifestLimits
{
    /// <summary>Largest document in bytes (OCI distribution-spec v1.1: registries should take 4 MiB).</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>Deepest nesting.</summary>
    public const int MaxDepth = 32;

    /// <summary>Most layers of an image. The kernel's overlayfs takes 500 lower directories (fs/overlayfs/params.h OVL_MAX_STACK).</summary>
    public const int MaxLayers = 512;

    /// <summary>Most entries of an index.</summary>
    public const int MaxManifests = 4096;

    /// <summary>Largest blob that a descriptor may name, in bytes: 32 TiB, so that sums of a document's sizes and what is estimated of them stay numbers.</summary>
    public const long MaxBlobBytes = 1L << 45;

    /// <summary>Most annotations or labels of one object.</summary>
    public const int MaxAnnotations = 4096;
}
