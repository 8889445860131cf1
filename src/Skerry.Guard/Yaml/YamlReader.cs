using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Skerry.Guard.Yaml;

/// <summary>Reads the documents of a YAML text into nodes that know their place.</summary>
/// <remarks>Refused: more than <see cref="YamlLimits"/>, keys that occur twice, aliases inside what they name, keys that are no scalars.</remarks>
internal sealed class YamlReader
{
    private readonly Parser _parser;
    private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);
    private long _nodes;
    private int _depth;

    private YamlReader(string text) => _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));

    /// <summary>All documents of the text.</summary>
    /// <exception cref="YamlFormatException">The text is not YAML, or is refused.</exception>
    public static IReadOnlyList<YamlNode> Read(string text)
    {
        if (text.Length > YamlLimits.MaxLength)
        {
            throw new YamlFormatException($"{text.Length} characters; at most {YamlLimits.MaxLength} are taken", default);
        }

        try
        {
            return new YamlReader(text).ReadDocuments();
        }
        catch (YamlException e)
        {
            throw new YamlFormatException(e.InnerException?.Message ?? e.Message, At(e.Start), e);
        }
    }

    private static YamlMark At(Mark mark) => new((int)mark.Index, Math.Max(0, (int)mark.Line - 1), Math.Max(0, (int)mark.Column - 1));

    private List<YamlNode> ReadDocuments()
    {
        List<YamlNode> documents = [];
        while (MoveNext())
        {
            if (_parser.Current is DocumentStart)
            {
                _anchors.Clear();
                Next();
                documents.Add(ReadNode());
            }
        }

        return documents;
    }

    /// <summary>The parser meets some broken texts with an exception of another kind.</summary>
    private bool MoveNext()
    {
        try
        {
            return _parser.MoveNext();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or OverflowException)
        {
            throw new YamlFormatException("the text is broken after this place", At(_parser.Current?.End ?? default), e);
        }
    }

    private ParsingEvent Next() =>
        MoveNext() ? _parser.Current! : throw new YamlFormatException("the text ends in the middle of a value", At(_parser.Current?.End ?? default));

    private YamlNode ReadNode()
    {
        var current = _parser.Current!;
        var mark = At(current.Start);
        if (current is AnchorAlias alias)
        {
            return Resolve(alias.Value.Value, mark);
        }

        var anchor = current is NodeEvent { Anchor.IsEmpty: false } node ? node.Anchor.Value : null;
        if (anchor is not null)
        {
            _open.Add(anchor);
        }

        var read = current switch
        {
            Scalar scalar => ReadScalar(scalar, mark),
            SequenceStart => ReadSequence(mark),
            MappingStart => ReadMapping(mark),
            _ => throw new YamlFormatException("expected a value", mark),
        };
        Count(1, mark);
        if (anchor is not null)
        {
            _open.Remove(anchor);
            _anchors[anchor] = read;
        }

        return read;
    }

    private YamlNode Resolve(string name, YamlMark mark)
    {
        if (_open.Contains(name))
        {
            throw new YamlFormatException($"the alias '*{name}' is inside what it names", mark);
        }

        if (!_anchors.TryGetValue(name, out var node))
        {
            throw new YamlFormatException($"nothing is named '&{name}' before this alias", mark);
        }

        Count(node.Weight, mark);
        return node;
    }

    private static YamlNode ReadScalar(Scalar scalar, YamlMark mark) => scalar.Value.Length > YamlLimits.MaxScalar
        ? throw new YamlFormatException($"a scalar of {scalar.Value.Length} characters; at most {YamlLimits.MaxScalar} are taken", mark)
        : YamlNode.Scalar(scalar.Value, scalar.Style == ScalarStyle.Plain, mark);

    private YamlNode ReadSequence(YamlMark mark)
    {
        Enter(mark);
        List<YamlNode> items = [];
        while (Next() is not SequenceEnd)
        {
            items.Add(ReadNode());
        }

        _depth--;
        return YamlNode.Sequence(items, mark);
    }

    private YamlNode ReadMapping(YamlMark mark)
    {
        Enter(mark);
        List<KeyValuePair<YamlNode, YamlNode>> entries = [];
        HashSet<string> keys = new(StringComparer.Ordinal);
        while (Next() is not MappingEnd)
        {
            var key = ReadNode();
            if (!key.IsScalar)
            {
                throw new YamlFormatException("the key of a mapping must be a scalar", key.Mark);
            }

            if (!keys.Add(key.Text))
            {
                throw new YamlFormatException($"the key '{key.Text}' occurs twice in one mapping", key.Mark);
            }

            Next();
            entries.Add(new(key, ReadNode()));
        }

        _depth--;
        return YamlNode.Mapping(entries, mark);
    }

    private void Enter(YamlMark mark)
    {
        if (++_depth > YamlLimits.MaxDepth)
        {
            throw new YamlFormatException($"nested deeper than {YamlLimits.MaxDepth}", mark);
        }
    }

    private void Count(long nodes, YamlMark mark)
    {
        _nodes += nodes;
        if (_nodes > YamlLimits.MaxNodes)
        {
            throw new YamlFormatException($"more than {YamlLimits.MaxNodes} values, aliases counted as often as they are used", mark);
        }
    }
}
