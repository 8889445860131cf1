using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Skerry.Runtime.Beneath;
using Skerry.Runtime.Cgroups;

namespace Skerry.Runtime.Features;

/// <summary>
/// What this runtime can do (features.md of the runtime specification): the document of the runtime beneath where it has one, else
/// what was seen of it, with annotations that say which one it is. Members that are not known are left out, as the
/// specification has it for "unknown".
/// </summary>
internal static class FeaturesDocument
{
    /// <summary>The document, ended by a newline.</summary>
    internal static string Of(RuntimeBeneath runtime)
    {
        if (runtime.NeedsCoveredUnified)
        {
            UnifiedView.Enter();
        }

        var told = Child.Capture(runtime, ["features"]);
        using var beneath = told.ExitCode == 0 ? Parse(told.Output) : null;
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            if (beneath is not null)
            {
                foreach (var member in beneath.RootElement.EnumerateObject().Where(member => member.Name != "annotations"))
                {
                    member.WriteTo(writer);
                }
            }
            else
            {
                Observed(writer);
            }

            writer.WriteStartObject("annotations");
            if (beneath is not null && beneath.RootElement.TryGetProperty("annotations", out var annotations) && annotations.ValueKind == JsonValueKind.Object)
            {
                foreach (var annotation in annotations.EnumerateObject().Where(annotation => !annotation.Name.StartsWith("org.skerry.", StringComparison.Ordinal)))
                {
                    annotation.WriteTo(writer);
                }
            }

            writer.WriteString("org.skerry.runtime.beneath", runtime.Kind);
            writer.WriteString("org.skerry.runtime.beneath.version", runtime.Version);
            writer.WriteString("org.skerry.runtime.beneath.path", runtime.Path);
            writer.WriteString("org.skerry.runtime.cgroup.view", runtime.NeedsCoveredUnified ? "v1, unified covered" : "host");
            writer.WriteString("org.skerry.runtime.checkpoint", "false");
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    /// <summary>For crun before 1.9, which has no such command: what its own manual (crun.1) says of every build.</summary>
    private static void Observed(Utf8JsonWriter writer)
    {
        writer.WriteString("ociVersionMin", "1.0.0");
        writer.WriteString("ociVersionMax", "1.1.0");
        Strings(writer, "hooks", ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]);
        writer.WriteStartObject("linux");
        Strings(writer, "namespaces", [.. new[] { "cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts" }.Where(Has)]);
        writer.WriteStartObject("cgroup");
        writer.WriteBoolean("v1", true);
        writer.WriteBoolean("v2", true);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static bool Has(string @namespace) => File.Exists("/proc/self/ns/" + @namespace switch { "mount" => "mnt", "network" => "net", _ => @namespace });

    private static void Strings(Utf8JsonWriter writer, string name, string[] values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }

    private static JsonDocument? Parse(string text)
    {
        try
        {
            var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
