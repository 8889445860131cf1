using System.Text.Json;
using Skerry.Oci.Manifests;

namespace Skerry.Oci.Trust.Strict;

/// <summary>Opens foreign JSON: no key twice at any depth, bounded in size and depth, valid UTF-8, no comments, nothing behind it.</summary>
internal static class StrictJson
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = ManifestLimits.MaxDepth, AllowDuplicateProperties = false };

    /// <summary>The members of the object that the bytes are.</summary>
    /// <remarks>The document is garbage collected: what is taken from it stays valid.</remarks>
    public static JsonFields Object(string format, ReadOnlyMemory<byte> json, int maxBytes = TrustLimits.MaxEnvelope) => new(format, "", Parse(format, json, maxBytes));

    /// <summary>The root element of the object that the bytes are, for canonicalisation.</summary>
    public static JsonElement Parse(string format, ReadOnlyMemory<byte> json, int maxBytes)
    {
        JsonGuard.Check(format, json.Span, maxBytes, exactKeys: true);
        try
        {
            return JsonDocument.Parse(json, Options).RootElement;
        }
        catch (JsonException e)
        {
            throw new OciFormatException(format, null, "not valid JSON: " + e.Message, e);
        }
    }
}
