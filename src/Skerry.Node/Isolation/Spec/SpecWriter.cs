using System.Text.Json;

namespace Skerry.Node.Isolation.Spec;

/// <summary>Short forms for what a spec writes over and over.</summary>
internal static class SpecWriter
{
    /// <summary><c>"name": ["a", "b"]</c>.</summary>
    public static void WriteStrings(this Utf8JsonWriter json, ReadOnlySpan<byte> name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    /// <summary>One entry of <c>mounts</c>.</summary>
    public static void WriteMount(this Utf8JsonWriter json, string destination, string type, string source, params ReadOnlySpan<string> options)
    {
        json.WriteStartObject();
        json.WriteString("destination"u8, destination);
        json.WriteString("type"u8, type);
        json.WriteString("source"u8, source);
        json.WriteStartArray("options"u8);
        foreach (var option in options)
        {
            if (option.Length > 0)
                json.WriteStringValue(option);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
