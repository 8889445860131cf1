using System.Globalization;
using System.Text.Json;

namespace Skerry.Guard.Alerts;

/// <summary>An alert that Falco made, as its outputs write it with <c>json_output: true</c> (falco.org/docs/concepts/outputs/formatting).</summary>
public sealed class FalcoAlert
{
    private const int MostDepth = 8;
    private const int MostTags = 64;
    private const int MostName = 512;

    private FalcoAlert(JsonElement root, string rule, string priority, string source, IReadOnlyList<string> tags, string output, long? time)
    {
        (Root, Rule, Priority, Source, Tags, Output, Time) = (root, rule, priority, source, tags, output, time);
        var fields = root.TryGetProperty("output_fields", out var all) && all.ValueKind == JsonValueKind.Object ? all : default;
        ContainerId = fields.ValueKind == JsonValueKind.Object && fields.TryGetProperty("container.id", out var id) && id.ValueKind == JsonValueKind.String && id.GetString() is { Length: > 0 } text && text is not ("host" or "<NA>") ? text : null;
        Pid = fields.ValueKind == JsonValueKind.Object && fields.TryGetProperty("proc.pid", out var pid) && pid.ValueKind == JsonValueKind.Number && pid.TryGetInt32(out var number) && number > 0 ? number : null;
    }

    /// <summary>All of it.</summary>
    public JsonElement Root { get; }

    /// <summary>The rule that fired.</summary>
    public string Rule { get; }

    /// <summary>As Falco writes it: Critical.</summary>
    public string Priority { get; }

    /// <summary>Where the event came from: syscall, k8s_audit …</summary>
    public string Source { get; }

    /// <summary>Tags of the rule.</summary>
    public IReadOnlyList<string> Tags { get; }

    /// <summary>The message with its time.</summary>
    public string Output { get; }

    /// <summary>When, in nanoseconds since 1970; null where it is not told.</summary>
    public long? Time { get; }

    /// <summary>The field container.id; null where there is none, or it says that there is no container.</summary>
    public string? ContainerId { get; }

    /// <summary>The field proc.pid; null where there is none.</summary>
    public int? Pid { get; }

    /// <summary>Reads one.</summary>
    /// <exception cref="FormatException">It is none; the message says what is wrong with it.</exception>
    public static FalcoAlert Parse(ReadOnlyMemory<byte> json)
    {
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MostDepth, AllowDuplicateProperties = false });
            root = document.RootElement.Clone();
            ReadTexts(root);
        }
        catch (InvalidOperationException error)
        {
            throw new FormatException("a text in it is not valid Unicode", error);
        }
        catch (JsonException error)
        {
            throw new FormatException($"this is no JSON as Falco writes it: {error.Message}", error);
        }

        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("an alert is a JSON object");
        }

        return new FalcoAlert(
            root, Text(root, "rule", MostName), Text(root, "priority", MostName), root.TryGetProperty("source", out _) ? Text(root, "source", MostName) : "syscall", TagsOf(root), Text(root, "output", int.MaxValue), TimeOf(root));
    }

    /// <summary>Reads every text once: all of an alert is written again when what follows on it was done, and must not fail then.</summary>
    private static void ReadTexts(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    _ = member.Name;
                    ReadTexts(member.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    ReadTexts(item);
                }

                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
        }
    }

    private static string Text(JsonElement root, string name, int most) =>
        !root.TryGetProperty(name, out var value) ? throw new FormatException($"an alert has '{name}'; is json_output on?")
        : value.ValueKind != JsonValueKind.String ? throw new FormatException($"'{name}' is a text")
        : value.GetString() is { } text && text.Length > 0 && text.Length <= most ? text
        : throw new FormatException($"'{name}' is empty, or longer than {most} characters");

    private static IReadOnlyList<string> TagsOf(JsonElement root)
    {
        if (!root.TryGetProperty("tags", out var tags) || tags.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        return tags.ValueKind == JsonValueKind.Array && tags.GetArrayLength() <= MostTags && tags.EnumerateArray().All(static t => t.ValueKind == JsonValueKind.String)
            ? [.. tags.EnumerateArray().Select(static t => t.GetString()!)]
            : throw new FormatException($"'tags' is a list of at most {MostTags} texts");
    }

    private static long? TimeOf(JsonElement root)
    {
        if (!root.TryGetProperty("time", out var value) || value.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        // Nine decimals, of which DateTime takes seven.
        const long TicksInSecond = TimeSpan.TicksPerSecond;
        var text = value.GetString()!;
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        var (whole, fraction) = dot < 0 ? (text, string.Empty) : (string.Concat(text.AsSpan(0, dot), "Z"), text[(dot + 1)..].TrimEnd('Z'));
        if (!DateTime.TryParse(whole, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out var at)
            || !long.TryParse(fraction.PadRight(9, '0').AsSpan(0, 9), NumberStyles.None, CultureInfo.InvariantCulture, out var nanoseconds))
        {
            throw new FormatException($"'time' is no time: {text}");
        }

        var seconds = (at - DateTime.UnixEpoch).Ticks / TicksInSecond;
        return seconds is >= 0 and < long.MaxValue / 1_000_000_000 ? (seconds * 1_000_000_000) + nanoseconds : throw new FormatException($"'time' is before 1970 or too far away: {text}");
    }
}
