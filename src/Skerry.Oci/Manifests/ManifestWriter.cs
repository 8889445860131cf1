using System.Globalization;
using System.Text.Json;

namespace Skerry.Oci.Manifests;

/// <summary>Writes OCI manifests, indexes and configurations; the same values give the same bytes.</summary>
public static class ManifestWriter
{
    /// <summary>An image manifest of type <see cref="MediaTypes.OciManifest"/>.</summary>
    public static byte[] Manifest(Descriptor config, IReadOnlyList<Descriptor> layers, IReadOnlyDictionary<string, string>? annotations = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(layers);
        return Write(json =>
        {
            json.WriteNumber("schemaVersion", 2);
            json.WriteString("mediaType", MediaTypes.OciManifest);
            json.WritePropertyName("config");
            WriteDescriptor(json, config);
            json.WriteStartArray("layers");
            foreach (var layer in layers)
            {
                WriteDescriptor(json, layer);
            }

            json.WriteEndArray();
            WriteMap(json, "annotations", annotations);
        });
    }

    /// <summary>An index of type <see cref="MediaTypes.OciIndex"/>.</summary>
    public static byte[] Index(IReadOnlyList<Descriptor> manifests, IReadOnlyDictionary<string, string>? annotations = null)
    {
        ArgumentNullException.ThrowIfNull(manifests);
        return Write(json =>
        {
            json.WriteNumber("schemaVersion", 2);
            json.WriteString("mediaType", MediaTypes.OciIndex);
            json.WriteStartArray("manifests");
            foreach (var manifest in manifests)
            {
                WriteDescriptor(json, manifest);
            }

            json.WriteEndArray();
            WriteMap(json, "annotations", annotations);
        });
    }

    /// <summary>An image configuration of type <see cref="MediaTypes.OciConfig"/>.</summary>
    public static byte[] Config(ImageConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Write(json =>
        {
            WriteTime(json, config.Created);
            WriteText(json, "author", config.Author);
            json.WriteString("architecture", config.Platform.Architecture);
            json.WriteString("os", config.Platform.Os);
            WriteText(json, "variant", config.Platform.Variant);
            json.WriteStartObject("config");
            WriteProcess(json, config.Config);
            json.WriteEndObject();
            json.WriteStartObject("rootfs");
            json.WriteString("type", "layers");
            json.WriteStartArray("diff_ids");
            foreach (var id in config.DiffIds)
            {
                json.WriteStringValue(id.ToString());
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteStartArray("history");
            foreach (var step in config.History)
            {
                json.WriteStartObject();
                WriteTime(json, step.Created);
                WriteText(json, "created_by", step.CreatedBy);
                WriteText(json, "comment", step.Comment);
                if (step.EmptyLayer)
                {
                    json.WriteBoolean("empty_layer", true);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    internal static byte[] Write(Action<Utf8JsonWriter> members)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    private static void WriteProcess(Utf8JsonWriter json, ImageProcess process)
    {
        WriteText(json, "User", process.User);
        WriteSet(json, "ExposedPorts", process.ExposedPorts);
        WriteList(json, "Env", process.Env);
        WriteList(json, "Entrypoint", process.Entrypoint);
        WriteList(json, "Cmd", process.Cmd);
        WriteSet(json, "Volumes", process.Volumes);
        WriteText(json, "WorkingDir", process.WorkingDir);
        WriteMap(json, "Labels", process.Labels);
        WriteText(json, "StopSignal", process.StopSignal);
        WriteList(json, "Shell", process.Shell);
    }

    private static void WriteDescriptor(Utf8JsonWriter json, Descriptor descriptor)
    {
        json.WriteStartObject();
        json.WriteString("mediaType", descriptor.MediaType);
        json.WriteString("digest", descriptor.Digest.ToString());
        json.WriteNumber("size", descriptor.Size);
        if (descriptor.Urls.Count > 0)
        {
            WriteList(json, "urls", descriptor.Urls);
        }

        WriteMap(json, "annotations", descriptor.Annotations);
        if (descriptor.Platform is { } platform)
        {
            json.WriteStartObject("platform");
            json.WriteString("architecture", platform.Architecture);
            json.WriteString("os", platform.Os);
            WriteText(json, "variant", platform.Variant);
            json.WriteEndObject();
        }

        WriteText(json, "artifactType", descriptor.ArtifactType);
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, DateTimeOffset? time) =>
        WriteText(json, "created", time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture));

    private static void WriteText(Utf8JsonWriter json, string name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            json.WriteString(name, text);
        }
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string> items)
    {
        if (items.Count > 0)
        {
            json.WriteStartArray(name);
            foreach (var item in items)
            {
                json.WriteStringValue(item);
            }

            json.WriteEndArray();
        }
    }

    private static void WriteSet(Utf8JsonWriter json, string name, IReadOnlyList<string> items)
    {
        if (items.Count > 0)
        {
            json.WriteStartObject(name);
            foreach (var item in items)
            {
                json.WriteStartObject(item);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }
    }

    private static void WriteMap(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string>? map)
    {
        if (map is { Count: > 0 })
        {
            json.WriteStartObject(name);
            foreach (var (key, value) in map.OrderBy(p => p.Key, StringComparer.Ordinal))
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
        }
    }
}
