using System.Globalization;
using System.Text.Json;

namespace Skerry.Oci.Trust.Strict;

/// <summary>The members of one JSON object, taken by name and type; whatever is not as expected names its place.</summary>
/// <remarks>Names that differ only in case are refused: other readers (Go's) would take one for the other.</remarks>
internal sealed class JsonFields
{
    private readonly string _format;
    private readonly string _path;
    private readonly JsonElement _object;

    public JsonFields(string format, string path, JsonElement element)
    {
        (_format, _path, _object) = (format, path, element);
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Bad("", "not an object");
        }

        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var member in element.EnumerateObject())
        {
            if (!names.Add(member.Name))
            {
                throw Bad(member.Name, "occurs twice, in different case");
            }
        }
    }

    public JsonElement Element => _object;

    public bool Has(string name) => _object.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Refuses members that are not named.</summary>
    public void Only(params ReadOnlySpan<string> names)
    {
        foreach (var member in _object.EnumerateObject())
        {
            if (!names.Contains(member.Name))
            {
                throw Bad(member.Name, "not known here");
            }
        }
    }

    public string Text(string name) => TextOrNull(name) ?? throw Bad(name, "missing");

    public string? TextOrNull(string name) => Get(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString() : throw Bad(name, "not a string");

    public byte[] Bytes(string name, int maxBytes = TrustLimits.MaxEnvelope) => StrictBase64.Decode($"{_format}, {_path}{name}", Text(name), maxBytes);

    public byte[]? BytesOrNull(string name, int maxBytes = TrustLimits.MaxEnvelope) => Has(name) ? Bytes(name, maxBytes) : null;

    /// <summary>An integer; as a number or, as protobuf's JSON has it, as a string of digits.</summary>
    public long Number(string name) => NumberOrNull(name) ?? throw Bad(name, "missing");

    public long? NumberOrNull(string name)
    {
        if (Get(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetInt64(out var number) => number,
            JsonValueKind.String when long.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
            _ => throw Bad(name, "not an integer"),
        };
    }

    /// <summary>A time (RFC 3339).</summary>
    public DateTimeOffset Time(string name) => TimeOrNull(name) ?? throw Bad(name, "missing");

    public DateTimeOffset? TimeOrNull(string name) => TextOrNull(name) is not { } text ? null
        : Rfc3339.TryParse(text, out var time) ? time : throw Bad(name, "not a time of RFC 3339");

    public JsonFields Object(string name) => ObjectOrNull(name) ?? throw Bad(name, "missing");

    public JsonFields? ObjectOrNull(string name) => Get(name) is { } value ? new JsonFields(_format, $"{_path}{name}.", value) : null;

    /// <summary>The objects of an array; empty when it is missing.</summary>
    public List<JsonFields> Objects(string name, int max) => [.. Elements(name, max).Select((e, i) => new JsonFields(_format, $"{_path}{name}[{i}].", e))];

    /// <summary>The strings of an array; empty when it is missing.</summary>
    public List<string> Texts(string name, int max) =>
        [.. Elements(name, max).Select(e => e.ValueKind == JsonValueKind.String ? e.GetString()! : throw Bad(name, "not an array of strings"))];

    /// <summary>A map of free names to strings; empty when it is missing.</summary>
    public Dictionary<string, string> Map(string name, int max = TrustLimits.MaxAnnotations) =>
        Members(name, max).ToDictionary(static m => m.Name, m => m.Value.ValueKind == JsonValueKind.String ? m.Value.GetString()! : throw Bad(name, $"'{m.Name}' is not a string"), StringComparer.Ordinal);

    /// <summary>The members of a map of free names; empty when it is missing.</summary>
    public List<JsonProperty> Members(string name, int max)
    {
        if (Get(name) is not { } value)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            throw Bad(name, "not an object");
        }

        var members = value.EnumerateObject().Take(max + 1).ToList();
        return members.Count <= max ? members : throw Bad(name, $"more than {max} members");
    }

    public OciFormatException Bad(string name, string why) => new(_format, null, $"{(_path + name).TrimEnd('.')}: {why}");

    private JsonElement? Get(string name) => _object.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private List<JsonElement> Elements(string name, int max)
    {
        if (Get(name) is not { } value)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Bad(name, "not an array");
        }

        return value.GetArrayLength() <= max ? [.. value.EnumerateArray()] : throw Bad(name, $"longer than {max}");
    }
}
