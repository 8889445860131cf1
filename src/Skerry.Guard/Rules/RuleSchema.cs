using System.Globalization;
using Skerry.Guard.Yaml;

namespace Skerry.Guard.Rules;

/// <summary>
/// Falco's schema of rule files: which keys there are, and of which type their values. A file that does not follow it can still
/// be used; what it does not follow is said. It looks at each item alone and does not mind which keys go together.
/// </summary>
internal static class RuleSchema
{
    private static readonly string[] Priorities = ["EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "INFORMATIONAL", "DEBUG"];

    private static readonly Dictionary<string, Check> Items = new(StringComparer.Ordinal)
    {
        ["required_engine_version"] = Text,
        ["required_plugin_versions"] = Each(Mapping(new(StringComparer.Ordinal) { ["name"] = Text, ["version"] = Text, ["alternatives"] = Each(Mapping(new(StringComparer.Ordinal) { ["name"] = Text, ["version"] = Text }, "name", "version")) }, "name", "version")),
        ["macro"] = Text,
        ["condition"] = Text,
        ["list"] = Text,
        ["items"] = Each(Text),
        ["rule"] = Text,
        ["desc"] = Text,
        ["enabled"] = Flag,
        ["output"] = Text,
        ["append"] = Flag,
        ["priority"] = OneOf(Priorities),
        ["capture"] = Flag,
        ["capture_duration"] = Number,
        ["source"] = Text,
        ["exceptions"] = Each(Mapping(new(StringComparer.Ordinal) { ["name"] = Text, ["fields"] = Anything, ["comps"] = Anything, ["values"] = Anything }, "name")),
        ["override"] = Override,
        ["tags"] = Each(Text),
        ["warn_evttypes"] = Flag,
        ["skip-if-unknown-filter"] = Flag,
    };

    private static readonly Dictionary<string, Check> Overridable = new[]
    {
        "items", "desc", "condition", "output", "priority", "enabled", "exceptions", "capture", "capture_duration", "tags", "warn_evttypes", "skip-if-unknown-filter",
    }.ToDictionary(static k => k, static _ => OneOf("append", "replace"), StringComparer.Ordinal);

    private delegate IEnumerable<string> Check(YamlNode node, string path);

    /// <summary>What of a file does not follow the schema.</summary>
    public static IReadOnlyList<string> Validate(IReadOnlyList<YamlNode> documents)
    {
        var check = Each(Mapping(Items));
        return [.. documents.Where(static d => !d.IsNull).SelectMany(d => check(d, "<root>"))];
    }

    private static IEnumerable<string> Anything(YamlNode node, string path) => [];

    private static IEnumerable<string> Text(YamlNode node, string path) => node.IsScalar || node.IsNull ? [] : [Failed(path, "a text is expected")];

    private static IEnumerable<string> Flag(YamlNode node, string path) =>
        node.IsScalar && node.Text is "true" or "false" ? [] : [Failed(path, "true or false is expected")];

    private static IEnumerable<string> Number(YamlNode node, string path) =>
        node.IsScalar && long.TryParse(node.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? [] : [Failed(path, "a whole number is expected")];

    private static Check OneOf(params string[] words) => (node, path) => node.IsScalar && words.Contains(node.Text, StringComparer.Ordinal) ? [] : [Failed(path, $"one of {string.Join(", ", words)} is expected")];

    private static Check Each(Check check) => (node, path) => node.IsSequence
        ? node.Items.Index().SelectMany(i => check(i.Item, $"{path}[{i.Index}]"))
        : [Failed(path, "a sequence is expected")];

    private static Check Mapping(Dictionary<string, Check> keys, params string[] required) => (node, path) =>
    {
        if (!node.IsMapping)
        {
            return [Failed(path, "a mapping is expected")];
        }

        var missing = required.Where(key => node[key] is null).Select(key => Failed(path, $"the key '{key}' is missing"));
        return missing.Concat(node.Entries.SelectMany(e => keys.TryGetValue(e.Key.Text, out var check)
            ? check(e.Value, $"{path}[{e.Key.Text}]")
            : [Failed(path, $"the key '{e.Key.Text}' is not known here")]));
    };

    private static IEnumerable<string> Override(YamlNode node, string path) =>
        node is { IsMapping: true } && !node.Entries.Any() ? [Failed(path, "at least one key is expected")] : Mapping(Overridable)(node, path);

    private static string Failed(string path, string why) => $"failed for {path}: {why}";
}
