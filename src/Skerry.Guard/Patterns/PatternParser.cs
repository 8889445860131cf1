using System.Text;

namespace Skerry.Guard.Patterns;

/// <summary>Reads POSIX extended regular expressions, as RE2 reads them in its POSIX mode: no \d, no (?i), no lazy repeats, no back references.</summary>
internal sealed class PatternParser
{
    private const int MaxDepth = 200;
    private const int MaxRepeat = 1000;
    private const int LastCharacter = 0x10FFFF;

    private static readonly Dictionary<string, (int, int)[]> Classes = new(StringComparer.Ordinal)
    {
        ["alnum"] = [('0', '9'), ('A', 'Z'), ('a', 'z')],
        ["alpha"] = [('A', 'Z'), ('a', 'z')],
        ["ascii"] = [(0, 127)],
        ["blank"] = [('\t', '\t'), (' ', ' ')],
        ["cntrl"] = [(0, 31), (127, 127)],
        ["digit"] = [('0', '9')],
        ["graph"] = [('!', '~')],
        ["lower"] = [('a', 'z')],
        ["print"] = [(' ', '~')],
        ["punct"] = [('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        ["space"] = [('\t', '\r'), (' ', ' ')],
        ["upper"] = [('A', 'Z')],
        ["word"] = [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        ["xdigit"] = [('0', '9'), ('A', 'F'), ('a', 'f')],
    };

    private readonly int[] _text;
    private int _at;
    private int _depth;

    private PatternParser(string pattern) => _text = [.. pattern.EnumerateRunes().Select(static r => r.Value)];

    /// <exception cref="PatternSyntaxException">The text is no pattern.</exception>
    public static PatternNode Parse(string pattern)
    {
        var parser = new PatternParser(pattern);
        var node = parser.ReadChoice();
        return parser._at == parser._text.Length ? node : throw new PatternSyntaxException("')' without '('");
    }

    private bool Take(char wanted)
    {
        if (_at >= _text.Length || _text[_at] != wanted)
        {
            return false;
        }

        _at++;
        return true;
    }

    private PatternNode ReadChoice()
    {
        if (++_depth > MaxDepth)
        {
            throw new PatternSyntaxException($"nested deeper than {MaxDepth}");
        }

        List<PatternNode> parts = [ReadSequence()];
        while (Take('|'))
        {
            parts.Add(ReadSequence());
        }

        _depth--;
        return parts.Count == 1 ? parts[0] : new PatternNode.Choice(parts);
    }

    private PatternNode.Sequence ReadSequence()
    {
        List<PatternNode> parts = [];
        while (_at < _text.Length && _text[_at] is not ('|' or ')'))
        {
            parts.Add(ReadRepeat());
        }

        return new PatternNode.Sequence(parts);
    }

    private PatternNode ReadRepeat()
    {
        var start = _at;
        if (ReadCount() is not null)
        {
            throw new PatternSyntaxException($"'{(char)_text[start]}' has nothing to repeat");
        }

        var node = ReadOne();
        for (var repeats = 1; ReadCount() is { } count; repeats++)
        {
            node = repeats <= MaxDepth ? node.Repeated(count.Least, count.Most) : throw new PatternSyntaxException($"more than {MaxDepth} repeats of one another");
            if (node.MostRepeats > MaxRepeat)
            {
                throw new PatternSyntaxException($"repeats of repeats, more than {MaxRepeat} in all");
            }
        }

        return node;
    }

    private (int Least, int Most)? ReadCount()
    {
        if (Take('*'))
        {
            return (0, -1);
        }

        if (Take('+'))
        {
            return (1, -1);
        }

        if (Take('?'))
        {
            return (0, 1);
        }

        var start = _at;
        if (!Take('{') || ReadNumber() is not { } least)
        {
            _at = start;
            return null; // a brace that counts nothing is a character
        }

        int? most = least;
        if (Take(','))
        {
            most = ReadNumber() ?? -1;
        }

        if (!Take('}'))
        {
            _at = start;
            return null;
        }

        return least <= MaxRepeat && most <= MaxRepeat && (most == -1 || least <= most) ? (least, most.Value)
            : throw new PatternSyntaxException($"a repeat of {least} to {most}; at most {MaxRepeat}");
    }

    private int? ReadNumber()
    {
        var start = _at;
        var number = 0;
        while (_at < _text.Length && _text[_at] is >= '0' and <= '9')
        {
            number = Math.Min(MaxRepeat + 1, (number * 10) + _text[_at++] - '0');
        }

        return _at > start ? number : null;
    }

    private PatternNode ReadOne()
    {
        switch (_text[_at++])
        {
            case '(':
                var inner = ReadChoice();
                return Take(')') ? inner : throw new PatternSyntaxException("'(' without ')'");
            case '[':
                return ReadSet();
            case '.':
                return new PatternNode.Characters([(0, '\n' - 1), ('\n' + 1, LastCharacter)]);
            case '^':
                return new PatternNode.LineEdge(IsEnd: false);
            case '$':
                return new PatternNode.LineEdge(IsEnd: true);
            case '\\':
                var escaped = ReadEscape();
                return new PatternNode.Characters([(escaped, escaped)]);
            default:
                return new PatternNode.Characters([(_text[_at - 1], _text[_at - 1])]);
        }
    }

    private int ReadEscape()
    {
        if (_at >= _text.Length)
        {
            throw new PatternSyntaxException("a backslash at the end");
        }

        var value = _text[_at++];
        switch (value)
        {
            case 'a':
                return '\a';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'v':
                return '\v';
            case 'x':
                return ReadHexadecimal();
            default:
                return value < 0x80 && !char.IsAsciiLetterOrDigit((char)value) ? value : throw new PatternSyntaxException($"'\\{new Rune(value)}' is no escape");
        }
    }

    private int ReadHexadecimal()
    {
        var isBraced = Take('{');
        int value = 0, digits = 0;
        while (_at < _text.Length && _text[_at] < 0x80 && char.IsAsciiHexDigit((char)_text[_at]) && digits < (isBraced ? 6 : 2))
        {
            value = (value * 16) + Convert.ToInt32(((char)_text[_at++]).ToString(), 16);
            digits++;
        }

        return (isBraced ? digits > 0 && Take('}') : digits == 2) && value <= LastCharacter ? value : throw new PatternSyntaxException("'\\x' without its digits");
    }

    private PatternNode.Characters ReadSet()
    {
        List<(int First, int Last)> ranges = [];
        var isNegated = Take('^');
        for (var isFirst = true; isFirst || !Take(']'); isFirst = false)
        {
            if (_at >= _text.Length)
            {
                throw new PatternSyntaxException("'[' without ']'");
            }

            if (ReadClass() is { } members)
            {
                ranges.AddRange(members);
                continue;
            }

            var first = ReadMember();
            var last = first;
            if (_at + 1 < _text.Length && _text[_at] == '-' && _text[_at + 1] != ']')
            {
                _at++;
                last = ReadMember();
            }

            ranges.Add(first <= last ? (first, last) : throw new PatternSyntaxException("a range that runs backwards"));
        }

        var merged = Merge(ranges);
        return new PatternNode.Characters(isNegated ? Negate(merged) : merged);
    }

    private int ReadMember()
    {
        if (_at >= _text.Length)
        {
            throw new PatternSyntaxException("'[' without ']'");
        }

        return Take('\\') ? ReadEscape() : _text[_at++];
    }

    private IReadOnlyList<(int First, int Last)>? ReadClass()
    {
        if (_text[_at] != '[' || _at + 1 >= _text.Length || _text[_at + 1] != ':')
        {
            return null;
        }

        var end = Array.IndexOf(_text, ']', _at + 2);
        if (end < 0 || _text[end - 1] != ':')
        {
            return null;
        }

        var isNegated = _text[_at + 2] == '^';
        var start = _at + (isNegated ? 3 : 2);
        var name = string.Concat(_text[start..(end - 1)].Select(static c => new Rune(c).ToString()));
        _at = end + 1;
        var members = Classes.GetValueOrDefault(name) ?? throw new PatternSyntaxException($"there is no class '[:{name}:]'");
        return isNegated ? Negate(members) : members;
    }

    private static List<(int First, int Last)> Merge(List<(int First, int Last)> ranges)
    {
        List<(int First, int Last)> merged = [];
        foreach (var range in ranges.Order())
        {
            if (merged.Count > 0 && range.First <= merged[^1].Last + 1)
            {
                merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, range.Last));
            }
            else
            {
                merged.Add(range);
            }
        }

        return merged;
    }

    private static List<(int First, int Last)> Negate(IReadOnlyList<(int First, int Last)> ranges)
    {
        List<(int First, int Last)> others = [];
        var next = 0;
        foreach (var (first, last) in ranges)
        {
            if (first > next)
            {
                others.Add((next, first - 1));
            }

            next = last + 1;
        }

        if (next <= LastCharacter)
        {
            others.Add((next, LastCharacter));
        }

        return others;
    }
}
