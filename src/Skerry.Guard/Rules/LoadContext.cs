using Skerry.Guard.Conditions;
using Skerry.Guard.Yaml;

namespace Skerry.Guard.Rules;

/// <summary>Where a problem is: the file, the item in it, the part of the item, down to a place in a condition.</summary>
public sealed class LoadContext
{
    private const int NameLength = 20;

    private readonly LoadContext? _parent;
    private readonly LoadPlace _place;

    private LoadContext(LoadContext? parent, LoadPlace place, string content)
    {
        _parent = parent;
        _place = place;
        Content = content;
    }

    /// <summary>The places, from the file down.</summary>
    public IReadOnlyList<LoadPlace> Places => _parent is null ? [_place] : [.. _parent.Places, _place];

    /// <summary>Name of the file.</summary>
    public string FileName => _parent?.FileName ?? _place.Source;

    /// <summary>The text that the last place counts in.</summary>
    internal string Content { get; }

    internal LoadPlace Place => _place;

    internal static LoadContext OfFile(string name, string content) => new(null, new LoadPlace(name, 0, 0, 0, ItemKinds.Content, ""), content);

    internal LoadContext At(YamlMark mark, string kind, string name = "") =>
        new(this, new LoadPlace(FileName, mark.Line, mark.Column, mark.Offset, kind, name), Content);

    internal LoadContext At(YamlNode node, string kind, string name = "") => At(node.Mark, kind, name);

    /// <summary>A place in a condition, whose text may have been put together from several files.</summary>
    internal LoadContext InCondition(string condition, ConditionPosition position)
    {
        var start = condition.ReplaceLineEndings(" ");
        var name = start.Length > NameLength ? $"\"{start[..(NameLength - 3)]}...\"" : $"\"{start}\"";
        return new(this, new LoadPlace(name, position.Line - 1, position.Column - 1, position.Index, ItemKinds.ConditionExpression, ""), condition);
    }
}
