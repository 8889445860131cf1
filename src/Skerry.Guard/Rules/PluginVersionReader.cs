using Skerry.Guard.Yaml;

namespace Skerry.Guard.Rules;

/// <summary>The item "required_plugin_versions": the guard has no plugins, but stands for some of Falco's.</summary>
/// <param name="plugins">Those, with the version.</param>
internal sealed class PluginVersionReader(IReadOnlyDictionary<string, EngineVersion> plugins)
{
    /// <exception cref="RuleLoadException">The item is not of its form, or a plugin is required that is not there.</exception>
    public void Read(YamlNode required, LoadContext context)
    {
        if (!required.IsSequence)
        {
            throw RuleLoadException.Form("required_plugin_versions is a sequence", context);
        }

        foreach (var entry in required.Items)
        {
            var nameless = context.At(entry, ItemKinds.PluginVersionEntry);
            if (!entry.IsMapping)
            {
                throw RuleLoadException.Form("a plugin is a mapping of name and version", nameless);
            }

            var at = context.At(entry, ItemKinds.PluginVersionEntry, ItemReader.Text(entry, "name", nameless));
            Require(at, [ReadOne(entry, at), .. ReadAlternatives(entry, at)]);
        }
    }

    private static (string Name, EngineVersion Version) ReadOne(YamlNode entry, LoadContext context)
    {
        var name = context.Place.ItemName;
        var text = ItemReader.Text(entry, "version", context);
        return EngineVersion.TryParse(text, out var version) ? (name, version) : throw RuleLoadException.Fit($"'{text}' is no version of the plugin '{name}': x.y.z", context);
    }

    private static IEnumerable<(string Name, EngineVersion Version)> ReadAlternatives(YamlNode entry, LoadContext context)
    {
        if (entry["alternatives"] is not { } alternatives)
        {
            return [];
        }

        if (!alternatives.IsSequence)
        {
            throw RuleLoadException.Form("alternatives are a sequence", context);
        }

        return alternatives.Items.Select(alternative =>
        {
            var nameless = context.At(alternative, ItemKinds.PluginVersionAlternative);
            return alternative.IsMapping
                ? ReadOne(alternative, context.At(alternative, ItemKinds.PluginVersionAlternative, ItemReader.Text(alternative, "name", nameless)))
                : throw RuleLoadException.Form("an alternative is a mapping of name and version", nameless);
        });
    }

    private void Require(LoadContext context, IReadOnlyList<(string Name, EngineVersion Version)> alternatives)
    {
        if (alternatives.GroupBy(static a => a.Name, StringComparer.Ordinal).FirstOrDefault(static g => g.Count() > 1) is { } twice)
        {
            throw RuleLoadException.Fit($"the plugin '{twice.Key}' is required twice in one entry", context);
        }

        if (!alternatives.Any(a => plugins.TryGetValue(a.Name, out var version) && version.Satisfies(a.Version)))
        {
            var wanted = string.Join(" or ", alternatives.Select(static a => $"'{a.Name}' {a.Version}"));
            throw RuleLoadException.Fit($"the rules need the plugin {wanted}; the guard has no plugins and stands for {string.Join(", ", plugins.Select(static p => $"'{p.Key}' {p.Value}"))}", context);
        }
    }
}
