using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Skerry.Guard.Rules;

/// <summary>What `skerry guard rules -V` prints of the files it was given.</summary>
/// <param name="results">One result a file.</param>
public sealed class ValidationReport(IReadOnlyList<LoadResult> results)
{
    /// <summary>The results, one a file.</summary>
    public IReadOnlyList<LoadResult> Results { get; } = results;

    /// <summary>True where every file can be used.</summary>
    public bool IsSuccessful => Results.All(static r => r.IsSuccessful);

    /// <summary>Loads files in their order, each on top of those before it.</summary>
    public static ValidationReport Validate(IEnumerable<(string Name, string Content)> files, RuleLoaderOptions? options = null)
    {
        var loader = new RuleLoader(options);
        return new ValidationReport([.. files.Select(f => loader.Load(f.Name, f.Content))]);
    }

    /// <summary>For standard output: whether each file can be used, and the errors of those that cannot.</summary>
    public string Text() => string.Join('\n', Results.Select(static r => r.IsSuccessful && r.Warnings.Count > 0 ? r.Summary().Split('\n')[0] : r.ToString().TrimEnd('\n'))) + "\n";

    /// <summary>For standard error: the warnings of files that can be used.</summary>
    public string Warnings() => string.Concat(Results.Where(static r => r.IsSuccessful && r.Warnings.Count > 0).Select(static r => r + "\n"));

    /// <summary>All results as one JSON object. Lines and columns count from 0, and columns and offsets count bytes of UTF-8, as in Falco's.</summary>
    public string Json()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartArray("falco_load_results");
            foreach (var result in Results)
            {
                Write(json, result);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, LoadResult result)
    {
        json.WriteStartObject();
        json.WriteStartArray("errors");
        foreach (var error in result.Errors)
        {
            Write(json, LoadCodes.NameOf(error.Code), LoadCodes.MeaningOf(error.Code), error.Message, error.Context, null);
        }

        json.WriteEndArray();
        json.WriteString("name", result.Name);
        if (result.SchemaWarnings is { } schema)
        {
            json.WriteBoolean("schema_valid", schema.Count == 0);
            json.WriteStartArray("schema_warnings");
            foreach (var warning in schema)
            {
                json.WriteStringValue(warning);
            }

            json.WriteEndArray();
        }

        json.WriteBoolean("successful", result.IsSuccessful);
        json.WriteStartArray("warnings");
        foreach (var warning in result.Warnings)
        {
            Write(json, LoadCodes.NameOf(warning.Code), LoadCodes.MeaningOf(warning.Code), warning.Message, warning.Context, warning.DeprecatedField);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string code, string meaning, string message, LoadContext context, string? deprecatedField)
    {
        json.WriteStartObject();
        json.WriteString("code", code);
        json.WriteString("codedesc", meaning);
        json.WriteStartObject("context");
        json.WriteStartArray("locations");
        foreach (var place in context.PlacesInBytes)
        {
            json.WriteStartObject();
            json.WriteString("item_name", place.ItemName);
            json.WriteString("item_type", place.ItemKind);
            json.WriteStartObject("position");
            json.WriteNumber("column", place.Column);
            json.WriteNumber("line", place.Line);
            json.WriteString("name", place.Source);
            json.WriteNumber("offset", place.Offset);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("snippet", LoadSnippet.Of(context));
        json.WriteEndObject();
        if (deprecatedField is not null)
        {
            json.WriteString("deprecated_field", deprecatedField);
        }

        json.WriteString("message", message);
        json.WriteEndObject();
    }
}
