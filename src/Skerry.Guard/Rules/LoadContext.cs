using Skerry.Guard.Conditions;
using Skerry.Guard.Yaml;

namespace Skerry.Guard.Rules;

/// <summary>Where a problem is: the file, the item in it, the part of the item, down to a place in a condition.</summary>
public sealed class LoadContext
{
    private const int NameLength = 20;

    private readonly LoadContext? _parent;
    private readonly LoadPlace _place;

    private LoadContext(LoadContext? parent, LoadPlace place, string content, ConditionPosition? inContent = null)
    {
        _parent = parent;
        _place = place;
        Content = content;
        InContent = inContent;
    }

    /// <summary>The places, from the file down.</summary>
    public IReadOnlyList<LoadPlace> Places => _parent is null ? [_place] : [.. _parent.Places, _place];

    /// <summary>As <see cref="Places"/>, with columns and offsets that count bytes of UTF-8.</summary>
    internal IReadOnlyList<LoadPlace> PlacesInBytes => _parent is null ? [PlaceInBytes] : [.. _parent.PlacesInBytes, PlaceInBytes];

    /// <summary>Name of the file.</summary>
    public string FileName => _parent?.FileName ?? _place.Source;

    /// <summary>The text that the last place counts in.</summary>
    internal string Content { get; }

    internal LoadPlace Place => _place;

    /// <summary>The place in <see cref="Content"/>, where that is a condition; null where it is the file.</summary>
    internal ConditionPosition? InContent { get; }

    /// <summary>Characters of <see cref="Content"/> before the last place.</summary>
    internal int ContentOffset => InContent?.Index ?? _place.Offset;

    /// <summary>In a condition what is in bytes is added to what is in bytes where it begins.</summary>
    private LoadPlace PlaceInBytes
    {
        get
        {
            if (InContent is not { } position)
            {
                return _place with { Column = Bytes(_place.Offset, _place.Column), Offset = Bytes(_place.Offset, _place.Offset) };
            }

            var start = _parent!.PlaceInBytes;
            var column = position.Column == 0 ? 0 : 1 + Bytes(position.Index, position.Column - 1);
            return _place with { Column = start.Column + column, Offset = start.Offset + Bytes(position.Index, position.Index) };
        }
    }

    internal static LoadContext OfFile(string name, string content) => new(null, new LoadPlace(name, 0, 0, 0, ItemKinds.Content, ""), content);

    internal LoadContext At(YamlMark mark, string kind, string name = "") =>
        new(this, new LoadPlace(FileName, mark.Line, mark.Column, mark.Offset, kind, name), Content);

    /// <summary>Bytes of so many characters of the text that end at a place in it.</summary>
    private int Bytes(int end, int count)
    {
        var last = Math.Min(end, Content.Length);
        var first = Math.Max(0, end - count);
        return first >= last ? count : System.Text.Encoding.UTF8.GetByteCount(Content.AsSpan(first, last - first)) + count - (last - first);
    }

    internal LoadContext At(YamlNode node, string kind, string name = "") => At(node.Mark, kind, name);

    /// <summary>All of a condition.</summary>
    internal LoadContext InCondition(string condition) => InCondition(condition, default);

    /// <summary>
    /// A place in a condition, whose text may have been put together from several files. Its line, column and offset are those in the
    /// text added to those where the condition begins, as Falco has them: right where it was written on one line.
    /// </summary>
    internal LoadContext InCondition(string condition, ConditionPosition position)
    {
        var start = condition.ReplaceLineEndings(" ");
        var name = start.Length > NameLength ? $"\"{start[..(NameLength - 3)]}...\"" : $"\"{start}\"";
        var place = new LoadPlace(name, _place.Line + position.Line, _place.Column + position.Column, _place.Offset + position.Index, ItemKinds.ConditionExpression, "");
        return new(this, place, condition, position);
    }
}
