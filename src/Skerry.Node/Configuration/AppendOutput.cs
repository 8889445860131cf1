using Skerry.Guard.Rules;
using Tomlyn.Model;

namespace Skerry.Node.Configuration;

/// <summary>Reads guard.append_output, which has the keys of Falco's append_output.</summary>
internal static class AppendOutput
{
    private static readonly string[] Keys = ["match", "extra_output", "extra_fields"];
    private static readonly string[] MatchKeys = ["rule", "source", "tags"];

    /// <summary>Reads the list.</summary>
    /// <exception cref="ConfigurationException">It is not one.</exception>
    internal static IReadOnlyList<OutputAddition> Read(object? value, string key, string place) => value switch
    {
        TomlTableArray tables => [.. tables.Select(table => Read(table, key, place))],
        TomlArray array when array.All(static item => item is TomlTable) => [.. array.Select(item => Read((TomlTable)item!, key, place))],
        _ => throw new ConfigurationException($"{place}: '{key}' takes a list of tables: [[{key}]] match.rule = \"…\", extra_output = \"…\", extra_fields = [\"proc.cmdline\", {{ name = \"%field\" }}]"),
    };

    private static OutputAddition Read(TomlTable table, string key, string place)
    {
        Check(table, Keys, key, place);
        var match = table.TryGetValue("match", out var given) ? given as TomlTable ?? throw new ConfigurationException($"{place}: '{key}.match' takes a table with rule, source and tags") : [];
        Check(match, MatchKeys, key + ".match", place);
        return new OutputAddition
        {
            Rule = match.TryGetValue("rule", out var rule) ? NodeConfiguration.Text(rule, key + ".match.rule", place) : null,
            Source = match.TryGetValue("source", out var source) ? NodeConfiguration.Text(source, key + ".match.source", place) : null,
            Tags = match.TryGetValue("tags", out var tags) ? NodeConfiguration.Texts(tags, key + ".match.tags", place) : [],
            Output = table.TryGetValue("extra_output", out var output) ? NodeConfiguration.Text(output, key + ".extra_output", place) : null,
            Fields = table.TryGetValue("extra_fields", out var fields) ? Fields(fields, key + ".extra_fields", place) : new Dictionary<string, string?>(StringComparer.Ordinal),
        };
    }

    private static Dictionary<string, string?> Fields(object? value, string key, string place)
    {
        Dictionary<string, string?> fields = new(StringComparer.Ordinal);
        foreach (var item in value as TomlArray ?? throw new ConfigurationException($"{place}: '{key}' takes a list of fields and of tables NAME = \"%field\""))
        {
            if (item is TomlTable named)
            {
                foreach (var (name, text) in named)
                {
                    fields[name] = NodeConfiguration.Text(text, $"{key}.{name}", place);
                }
            }
            else
            {
                fields[NodeConfiguration.Text(item, key, place)] = null;
            }
        }

        return fields;
    }

    private static void Check(TomlTable table, string[] known, string key, string place)
    {
        if (table.Keys.FirstOrDefault(k => !known.Contains(k, StringComparer.Ordinal)) is { } unknown)
        {
            throw new ConfigurationException($"{place}: unknown key '{key}.{unknown}'; there are {string.Join(", ", known)}");
        }
    }
}
