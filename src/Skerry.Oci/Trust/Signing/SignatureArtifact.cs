using System.Buffers;
using System.Text.Json;
using Skerry.Oci.Distribution;
using Skerry.Oci.Manifests;

namespace Skerry.Oci.Trust.Signing;

/// <summary>A signature as registries store it: a manifest, its configuration, its layers.</summary>
/// <param name="Manifest">The manifest.</param>
/// <param name="Config">Its configuration.</param>
/// <param name="Layers">Its new layers; others that it names are there already.</param>
/// <param name="Tag">The tag that it lies under; null for a referrer.</param>
/// <param name="ArtifactType">What it is in a list of referrers.</param>
public sealed record SignatureArtifact(ReadOnlyMemory<byte> Manifest, ReadOnlyMemory<byte> Config, IReadOnlyList<(Descriptor Layer, ReadOnlyMemory<byte> Blob)> Layers, string? Tag, string ArtifactType)
{
    /// <summary>What points to it.</summary>
    public Descriptor Descriptor => new(MediaTypes.OciManifest, Digest.OfSha256(Manifest.Span), Manifest.Length);

    /// <summary>As it is kept beside an image.</summary>
    public SignatureManifest ToManifest(string place) => new(place, Descriptor, Manifest, Config, Layers);

    /// <summary>Puts an artifact together (OCI image-spec manifest.md).</summary>
    internal static SignatureArtifact Of(
        string configType, ReadOnlyMemory<byte> config, IReadOnlyList<Descriptor> before, (Descriptor Layer, ReadOnlyMemory<byte> Blob) layer, Descriptor? subject, IReadOnlyDictionary<string, string> annotations, string? tag)
    {
        var manifest = Json(json =>
        {
            json.WriteNumber("schemaVersion", 2);
            json.WriteString("mediaType", MediaTypes.OciManifest);
            Write(json, "config", new Descriptor(configType, Digest.OfSha256(config.Span), config.Length));
            json.WriteStartArray("layers");
            foreach (var one in before.Append(layer.Layer))
            {
                json.WriteStartObject();
                Fields(json, one);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            if (subject is not null)
            {
                Write(json, "subject", subject with { Annotations = new Dictionary<string, string>() });
            }

            Pairs(json, "annotations", annotations);
        });
        return new SignatureArtifact(manifest, config, [layer], tag, configType);
    }

    /// <summary>One JSON object. Nothing is escaped that need not be: what is signed is compared by people and tools.</summary>
    internal static byte[] Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A map of texts; left out where it is empty.</summary>
    internal static void Pairs(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> pairs)
    {
        if (pairs.Count == 0)
        {
            return;
        }

        json.WriteStartObject(name);
        foreach (var (key, value) in pairs.OrderBy(static p => p.Key, StringComparer.Ordinal))
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, Descriptor descriptor)
    {
        json.WriteStartObject(name);
        Fields(json, descriptor);
        json.WriteEndObject();
    }

    private static void Fields(Utf8JsonWriter json, Descriptor descriptor)
    {
        json.WriteString("mediaType", descriptor.MediaType);
        json.WriteString("digest", descriptor.Digest.ToString());
        json.WriteNumber("size", descriptor.Size);
        Pairs(json, "annotations", descriptor.Annotations);
    }
}
