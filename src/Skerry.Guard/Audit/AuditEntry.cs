using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Skerry.Guard.Audit;

/// <summary>One entry of the audit log: what happened, when, to what, on whose word. Its bytes are canonical JSON (RFC 8785), so that there is one form of it.</summary>
/// <remarks>docs/formats/audit.md lists kinds and members. All values are texts: no two readers differ about a text.</remarks>
public sealed record AuditEntry
{
    /// <summary>Longest value that is kept whole, in UTF-16 units; of a longer one its beginning is, and its length.</summary>
    public const int LongestValue = 2048;

    /// <summary>Most values of a part.</summary>
    public const int MostValues = 24;

    private const string Format = "audit entry";
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 4 };

    /// <summary>When, to the microsecond.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What happened, as "pod.create".</summary>
    public required string Kind { get; init; }

    /// <summary>"ok", "refused" or "failed".</summary>
    public string Outcome { get; init; } = "ok";

    /// <summary>Boot of the machine (random/boot_id, random(4)).</summary>
    public string Boot { get; init; } = "";

    /// <summary>On whose word: user and process of who asked. Empty where the node did it by itself.</summary>
    public ImmutableSortedDictionary<string, string> Actor { get; init; } = None;

    /// <summary>To what: pod, container, image, with their names.</summary>
    public ImmutableSortedDictionary<string, string> Subject { get; init; } = None;

    /// <summary>All else.</summary>
    public ImmutableSortedDictionary<string, string> Details { get; init; } = None;

    /// <summary>No values, in the order of canonical JSON.</summary>
    public static ImmutableSortedDictionary<string, string> None { get; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Values by name; empty ones are left out, long ones are cut with a word about it.</summary>
    public static ImmutableSortedDictionary<string, string> Values(params ReadOnlySpan<(string Name, string? Value)> values)
    {
        var builder = None.ToBuilder();
        foreach (var (name, value) in values)
        {
            if (!string.IsNullOrEmpty(value))
            {
                builder[name] = value.Length <= LongestValue ? value : string.Create(CultureInfo.InvariantCulture, $"{value.AsSpan(0, LongestValue)}… ({value.Length} characters)");
            }
        }

        return builder.Count <= MostValues ? builder.ToImmutable() : throw new ArgumentException($"an entry has at most {MostValues} values a part", nameof(values));
    }

    /// <summary>The bytes that are logged.</summary>
    public byte[] Encode()
    {
        var json = new StringBuilder(256).Append('{');
        Part(json, "actor", Actor);
        json.Append("\"at\":\"").Append(At.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)).Append("\",");
        json.Append("\"boot\":");
        CanonicalJson.Write(json, Boot);
        json.Append(',');
        Part(json, "details", Details);
        json.Append("\"kind\":");
        CanonicalJson.Write(json, Kind);
        json.Append(",\"outcome\":");
        CanonicalJson.Write(json, Outcome);
        if (Subject.Count > 0)
        {
            json.Append(",\"subject\":");
            CanonicalJson.Write(json, Subject);
        }

        return Encoding.UTF8.GetBytes(json.Append('}').ToString());
    }

    /// <summary>Reads an entry, and refuses what is not its one canonical form.</summary>
    /// <exception cref="AuditFormatException">It is not JSON, not an entry, or not canonical.</exception>
    public static AuditEntry Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, Strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new AuditFormatException(Format, "not a JSON object");
            }

            var entry = Read(document.RootElement);
            return bytes.Span.SequenceEqual(entry.Encode()) ? entry : throw new AuditFormatException(Format, "not in canonical form: an unknown member, another order, or other escapes than RFC 8785 has");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            throw new AuditFormatException(Format, $"not JSON: {error.Message}");
        }
    }

    /// <summary>The canonical JSON.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Encode());

    private static AuditEntry Read(JsonElement json)
    {
        var at = Member(json, "at");
        return new AuditEntry
        {
            At = DateTimeOffset.TryParseExact(at, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
                ? time
                : throw new AuditFormatException(Format, $"a time that is not like 2026-01-31T00:00:00.000000Z: '{at}'"),
            Kind = Member(json, "kind"),
            Outcome = Member(json, "outcome"),
            Boot = Member(json, "boot"),
            Actor = Part(json, "actor"),
            Subject = Part(json, "subject"),
            Details = Part(json, "details"),
        };
    }

    private static string Member(JsonElement json, string name) =>
        json.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString()! : throw new AuditFormatException(Format, $"no text '{name}'");

    private static void Part(StringBuilder json, string name, ImmutableSortedDictionary<string, string> part)
    {
        if (part.Count > 0)
        {
            json.Append('"').Append(name).Append("\":");
            CanonicalJson.Write(json, part);
            json.Append(',');
        }
    }

    private static ImmutableSortedDictionary<string, string> Part(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var part))
        {
            return None;
        }

        if (part.ValueKind != JsonValueKind.Object)
        {
            throw new AuditFormatException(Format, $"'{name}' is not an object");
        }

        var values = None.ToBuilder();
        foreach (var member in part.EnumerateObject())
        {
            values[member.Name] = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : throw new AuditFormatException(Format, $"'{name}.{member.Name}' is not a text");
        }

        return values.ToImmutable();
    }
}
