using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Skerry.Node.Network.Cni;

/// <summary>
/// A network configuration list (CNI spec 1.0.0, section 1), or a single plugin's configuration taken as a list of one. Parsed
/// strictly: what is not understood is refused with the place, since the plugins run as root.
/// </summary>
internal sealed partial record CniConfigList
{
    /// <summary>More than any real file, little enough to hold in memory.</summary>
    internal const int MaxBytes = 1 << 20;

    private const int MaxPlugins = 16;
    private const string Correct = "correct the file, or move it away; the format is at https://www.cni.dev/docs/spec/";

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <summary>Versions of the specification whose configurations and results agree in all that is used here.</summary>
    internal static IReadOnlyList<string> Versions { get; } = ["0.3.0", "0.3.1", "0.4.0", "1.0.0"];

    internal required string Name { get; init; }

    internal required string Version { get; init; }

    internal required bool DisableCheck { get; init; }

    internal required IReadOnlyList<CniPluginConfig> Plugins { get; init; }

    /// <summary>The list as JSON; parsing it gives this list again.</summary>
    internal required string Json { get; init; }

    /// <summary>True when a plugin of the list takes the capability.</summary>
    internal bool Takes(string capability)
    {
        foreach (var plugin in Plugins)
        {
            if (plugin.Capabilities.Contains(capability))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Parses a list or a single configuration.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="origin">The file, for messages.</param>
    /// <exception cref="NetworkException">It is malformed.</exception>
    internal static CniConfigList Parse(ReadOnlySpan<byte> json, string origin)
    {
        if (json.Length > MaxBytes)
        {
            throw Wrong(origin, $"it has more than {MaxBytes} bytes");
        }

        try
        {
            return Checked(JsonNode.Parse(json, documentOptions: Strict) as JsonObject ?? throw Wrong(origin, "the top level is not an object"), origin);
        }
        catch (JsonException error)
        {
            throw Wrong(origin, $"line {error.LineNumber + 1}, byte {error.BytePositionInLine}: {error.Message}");
        }
        catch (InvalidOperationException)
        {
            throw Wrong(origin, "a string in it is not valid Unicode");
        }
    }

    private static CniConfigList Checked(JsonObject root, string origin)
    {
        if (!root.ContainsKey("plugins"))
        {
            root = AsList(root, origin);
        }

        var name = Text(root, "name", origin) ?? throw Wrong(origin, "'name' is missing");
        if (!NamePattern().IsMatch(name))
        {
            throw Wrong(origin, $"'name' is '{Shorten(name)}'; it must begin with a letter or digit and have only letters, digits, '_', '.' and '-'");
        }

        var version = Text(root, "cniVersion", origin) ?? throw Wrong(origin, "'cniVersion' is missing");
        if (!Versions.Contains(version, StringComparer.Ordinal))
        {
            throw Wrong(origin, $"'cniVersion' is '{Shorten(version)}'; known are {string.Join(", ", Versions)}");
        }

        if (root["plugins"] is not JsonArray { Count: > 0 and <= MaxPlugins } plugins)
        {
            throw Wrong(origin, $"'plugins' must be an array of 1 to {MaxPlugins} objects");
        }

        var parsed = new List<CniPluginConfig>(plugins.Count);
        for (var i = 0; i < plugins.Count; i++)
        {
            parsed.Add(Plugin(plugins[i], $"{origin}: plugins[{i}]"));
        }

        return new CniConfigList
        {
            Name = name,
            Version = version,
            DisableCheck = root["disableCheck"] is JsonValue check && check.GetValueKind() == JsonValueKind.True,
            Plugins = parsed,
            Json = root.ToJsonString(),
        };
    }

    private static JsonObject AsList(JsonObject single, string origin)
    {
        if (Text(single, "type", origin) is null)
        {
            throw Wrong(origin, "there is neither 'plugins' (a list) nor 'type' (a single plugin)");
        }

        var list = new JsonObject();
        foreach (var key in (ReadOnlySpan<string>)["cniVersion", "name"])
        {
            if (single[key] is { } value)
            {
                list[key] = value.DeepClone();
            }
        }

        list["plugins"] = new JsonArray(single.DeepClone());
        return list;
    }

    private static CniPluginConfig Plugin(JsonNode? node, string origin)
    {
        if (node is not JsonObject config)
        {
            throw Wrong(origin, "it is not an object");
        }

        var type = Text(config, "type", origin) ?? throw Wrong(origin, "'type' is missing");
        if (!NamePattern().IsMatch(type))
        {
            throw Wrong(origin, $"'type' is '{Shorten(type)}'; it is a file name in the plugin directories, without a path");
        }

        var capabilities = new HashSet<string>(StringComparer.Ordinal);
        switch (config["capabilities"])
        {
            case null:
                break;
            case JsonObject declared:
                foreach (var (key, value) in declared)
                {
                    if (value?.GetValueKind() == JsonValueKind.True)
                    {
                        capabilities.Add(key);
                    }
                }

                break;
            default:
                throw Wrong(origin, "'capabilities' is not an object");
        }

        return new CniPluginConfig(type, config, capabilities);
    }

    private static string? Text(JsonObject from, string key, string origin) => from[key] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => throw Wrong(origin, $"'{key}' is not a string"),
    };

    private static string Shorten(string text) => text.Length <= 64 ? text : text[..64] + "…";

    private static NetworkException Wrong(string origin, string reason) =>
        new(NetworkFault.Invalid, $"network configuration {origin}: {reason}", Correct);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_.\\-]{0,127}\\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NamePattern();
}
