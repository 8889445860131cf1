namespace Skerry.Oci.Manifests;

/// <summary>What a descriptor in a foreign document must keep to.</summary>
internal static class DescriptorRules
{
    public static IReadOnlyList<Descriptor> ReadAll(string format, string at, List<ManifestWire.Blob?> blobs, int limit)
    {
        if (blobs.Count > limit)
        {
            throw new OciFormatException(format, null, $"{at} has {blobs.Count} entries; at most {limit} are taken");
        }

        var result = new Descriptor[blobs.Count];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = Read(format, $"{at}[{i}]", blobs[i]);
        }

        return result;
    }

    public static Descriptor Read(string format, string at, ManifestWire.Blob? blob)
    {
        if (blob is null)
        {
            throw new OciFormatException(format, null, $"{at} is null");
        }

        if (!IsMediaType(blob.MediaType))
        {
            throw new OciFormatException(format, null, $"{at}.mediaType is missing or is no media type (type/subtype)");
        }

        Digest digest;
        try
        {
            digest = Digest.Parse(blob.Digest ?? "");
        }
        catch (OciFormatException e)
        {
            throw new OciFormatException(format, null, $"{at}.digest: {e.Reason}", e);
        }

        if (blob.Size is not >= 0)
        {
            throw new OciFormatException(format, null, $"{at}.size is {(blob.Size is null ? "missing" : "negative")}");
        }

        if (blob.Size > ManifestLimits.MaxBlobBytes)
        {
            throw new OciFormatException(format, null, $"{at}.size is {blob.Size}; at most {ManifestLimits.MaxBlobBytes} bytes are taken");
        }

        return new Descriptor(blob.MediaType!, digest, blob.Size.Value)
        {
            Platform = blob.Platform is { Os: not null and not "", Architecture: not null and not "" } p ? Platform(format, p.Os, p.Architecture, p.Variant) : null,
            Annotations = Annotations(format, at + ".annotations", blob.Annotations),
            ArtifactType = blob.ArtifactType,
            Urls = [.. (blob.Urls ?? []).OfType<string>()],
        };
    }

    public static IReadOnlyDictionary<string, string> Annotations(string format, string at, Dictionary<string, string?>? map)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        if (map?.Count > ManifestLimits.MaxAnnotations)
        {
            throw new OciFormatException(format, null, $"{at} has {map.Count} entries; at most {ManifestLimits.MaxAnnotations} are taken");
        }

        foreach (var (key, value) in map ?? [])
        {
            result.Add(key, value ?? "");
        }

        return result;
    }

    public static Platform Platform(string format, string os, string architecture, string? variant) =>
        Oci.Platform.TryParse(string.IsNullOrEmpty(variant) ? $"{os}/{architecture}" : $"{os}/{architecture}/{variant}", out var platform)
            ? platform
            : throw new OciFormatException(format, null, $"the platform '{JsonGuard.Printable($"{os}/{architecture}/{variant}")}' has impossible characters");

    // RFC 6838 section 4.2
    private static bool IsMediaType(string? text)
    {
        if (text is null or { Length: > 255 })
        {
            return false;
        }

        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && slash < text.Length - 1 && text.LastIndexOf('/') == slash
            && text.All(c => char.IsAsciiLetterOrDigit(c) || "!#$&-^_.+/".Contains(c, StringComparison.Ordinal));
    }
}
