using Skerry.Guard.Yaml;

namespace Skerry.Guard.Rules;

/// <summary>The key "override" of an item: which keys are added to what was there, and which take its place.</summary>
internal sealed class OverrideReader
{
    private readonly HashSet<string> _appended = new(StringComparer.Ordinal);
    private readonly HashSet<string> _replaced = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unclaimed;
    private readonly YamlNode _item;
    private readonly LoadContext _context;

    private OverrideReader(YamlNode item, IEnumerable<string> overridable, LoadContext context)
    {
        _item = item;
        _context = context;
        _unclaimed = [.. overridable.Where(key => item[key] is not null)];
    }

    public bool HasAppended => _appended.Count > 0;

    public bool HasReplaced => _replaced.Count > 0;

    public bool IsEmpty => !HasAppended && !HasReplaced;

    public static OverrideReader Read(YamlNode item, IReadOnlyCollection<string> appendable, IReadOnlyCollection<string> replaceable, LoadContext context)
    {
        var overrides = new OverrideReader(item, appendable.Union(replaceable), context);
        if (item["override"] is { } node)
        {
            var at = context.At(item, ItemKinds.Override);
            if (!node.IsMapping)
            {
                throw RuleLoadException.Form("'override' is a mapping of keys to append or replace", at.At(node, ItemKinds.ValueFor, "override"));
            }

            foreach (var (key, operation) in node.Entries)
            {
                overrides.Add(key, operation, appendable, replaceable, at);
            }
        }

        return overrides;
    }

    /// <summary>True where a key is to be added to; it must be there.</summary>
    public bool Appends(string key) => Claims(_appended, key, "append");

    /// <summary>True where a key is to take a place; it must be there.</summary>
    public bool Replaces(string key) => Claims(_replaced, key, "replace");

    /// <summary>Refuses keys that are there and that "override" says nothing of.</summary>
    public void RefuseUnclaimed()
    {
        foreach (var key in _unclaimed.Order(StringComparer.Ordinal))
        {
            throw RuleLoadException.Form(
                $"the key '{key}' has no entry under 'override'", _context.At(_item[key]!, ItemKinds.Override, key));
        }
    }

    private void Add(YamlNode key, YamlNode operation, IReadOnlyCollection<string> appendable, IReadOnlyCollection<string> replaceable, LoadContext context)
    {
        var (mayAppend, mayReplace) = (appendable.Contains(key.Text), replaceable.Contains(key.Text));
        switch (operation.Text)
        {
            case "append" when mayAppend:
                _appended.Add(key.Text);
                break;
            case "append":
                throw RuleLoadException.Form($"'{key.Text}' cannot be added to, only replaced", context.At(key, ItemKinds.Override, key.Text));
            case "replace" when mayReplace:
                _replaced.Add(key.Text);
                break;
            case "replace":
                throw RuleLoadException.Form($"'{key.Text}' cannot be replaced", context.At(key, ItemKinds.Override, key.Text));
            default:
                var allowed = $"{(mayAppend ? "append " : "")}{(mayReplace ? "replace " : "")}".TrimEnd();
                throw RuleLoadException.Form(
                    $"'{operation.Text}' cannot be done to '{key.Text}', only: {allowed}", context.At(operation, ItemKinds.ValueFor, key.Text));
        }
    }

    private bool Claims(HashSet<string> overrides, string key, string operation)
    {
        if (!overrides.Contains(key))
        {
            return false;
        }

        return _unclaimed.Remove(key) ? true
            : throw RuleLoadException.Form($"'override' says {operation} of '{key}', which is not there", _context);
    }
}
