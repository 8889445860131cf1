using System.Text.Json;

namespace Skerry.Oci.Manifests;

/// <summary>First look at a foreign JSON document, before anything is taken from it.</summary>
/// <remarks>
/// Two readers must never see two documents in the same bytes: keys that occur twice are refused at every depth, keys that
/// differ only in case too (Go's decoder takes them for one) except where keys are free (labels, annotations …), or everywhere
/// where the caller asks for exact keys and looks at case itself.
/// </remarks>
internal static class JsonGuard
{
    private static readonly JsonReaderOptions Options = new()
    {
        CommentHandling = JsonCommentHandling.Disallow,
        AllowTrailingCommas = false,
        MaxDepth = ManifestLimits.MaxDepth,
    };

    public static void Check(string format, ReadOnlySpan<byte> json, int maxBytes, bool isArray = false, bool exactKeys = false)
    {
        if (json.Length > maxBytes)
        {
            throw new OciFormatException(format, maxBytes, $"{json.Length} bytes; at most {maxBytes} are taken");
        }

        var reader = new Utf8JsonReader(json, Options);
        try
        {
            Scan(format, ref reader, isArray ? JsonTokenType.StartArray : JsonTokenType.StartObject, exactKeys);
        }
        catch (JsonException e)
        {
            throw new OciFormatException(format, reader.BytesConsumed, "not valid JSON: " + e.Message, e);
        }
        catch (InvalidOperationException e)
        {
            throw new OciFormatException(format, reader.TokenStartIndex, "text is not valid UTF-8", e);
        }
    }

    private static void Scan(string format, ref Utf8JsonReader reader, JsonTokenType first, bool exactKeys)
    {
        var keys = new Stack<HashSet<string>?>();
        string? name = null;
        if (!reader.Read() || reader.TokenType != first)
        {
            throw new OciFormatException(format, 0, first == JsonTokenType.StartArray ? "not a JSON array" : "not a JSON object");
        }

        do
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    keys.Push(new HashSet<string>(exactKeys || HasFreeKeys(name) ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase));
                    name = null;
                    break;
                case JsonTokenType.StartArray:
                    keys.Push(null);
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    keys.Pop();
                    name = null;
                    break;
                case JsonTokenType.PropertyName:
                    name = reader.GetString()!;
                    if (!keys.Peek()!.Add(name))
                    {
                        throw new OciFormatException(format, reader.TokenStartIndex, $"the key '{Printable(name)}' occurs twice in one object");
                    }

                    break;
                case JsonTokenType.String:
                    _ = reader.GetString(); // throws on invalid UTF-8 and lone surrogates
                    name = null;
                    break;
                default:
                    name = null;
                    break;
            }
        }
        while (reader.Read());
    }

    private static bool HasFreeKeys(string? name) =>
        name is "annotations" or "Labels" or "labels" or "Volumes" or "ExposedPorts" or "auths" or "credHelpers" or "HttpHeaders";

    internal static string Printable(string text) =>
        string.Concat(text.Take(64).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)) + (text.Length > 64 ? "…" : "");
}
