using System.Buffers;
using System.Text;

namespace Skerry.Guard.Conditions;

/// <summary>Reads the words of a condition one by one. A word that is not there leaves the place where it is.</summary>
internal sealed class ConditionLexer(string text)
{
    private static readonly SearchValues<char> BareEnd = SearchValues.Create("()\"' \t\r\n\v\f=,");
    private static readonly SearchValues<char> ArgumentEnd = SearchValues.Create("][\"' \t\r\n\v\f");

    private int _at;
    private ConditionPosition _last = new(0, 1, 1);

    /// <summary>The word that was read last.</summary>
    public string Word { get; private set; } = "";

    public bool IsAtEnd => _at >= text.Length;

    private ReadOnlySpan<char> Rest => text.AsSpan(_at);

    /// <summary>Where the next word begins. Lines are counted on from the last place that was asked for.</summary>
    public ConditionPosition Position
    {
        get
        {
            var from = _at >= _last.Index ? _last : new ConditionPosition(0, 1, 1);
            var between = text.AsSpan(from.Index, _at - from.Index);
            var end = between.LastIndexOf('\n');
            _last = new ConditionPosition(_at, from.Line + between.Count('\n'), end < 0 ? from.Column + between.Length : between.Length - end);
            return _last;
        }
    }

    public ConditionSyntaxException Error(string message) => new(message, Position);

    /// <summary>Goes back to a place read before.</summary>
    public void Return(int index) => _at = index;

    /// <summary>The place, to be returned to.</summary>
    public int Mark() => _at;

    public bool Blank()
    {
        var start = _at;
        while (_at < text.Length && text[_at] is ' ' or '\t' or '\b' or '\r' or '\n')
        {
            _at++;
        }

        return _at > start;
    }

    /// <summary>Exactly these characters.</summary>
    public bool Exactly(string word)
    {
        if (!Rest.StartsWith(word, StringComparison.Ordinal))
        {
            return false;
        }

        return Take(word.Length);
    }

    /// <summary>These characters and a blank behind them, which is taken too.</summary>
    public bool ExactlyThenBlank(string word)
    {
        var start = _at;
        if (Exactly(word) && Blank())
        {
            return true;
        }

        _at = start;
        return false;
    }

    /// <summary>True where one of these words follows and no letter or digit after it.</summary>
    public bool IsFollowedBy(params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (Rest.StartsWith(word, StringComparison.Ordinal) && (Rest.Length == word.Length || !char.IsAsciiLetterOrDigit(Rest[word.Length])))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A letter, then letters, digits and underscores.</summary>
    public bool Identifier() => Take(IdentifierLength(_at));

    /// <summary>Two or more identifiers with dots between.</summary>
    public bool FieldName()
    {
        var end = _at + IdentifierLength(_at);
        var parts = end > _at ? 1 : 0;
        while (parts > 0 && end < text.Length && text[end] == '.' && IdentifierLength(end + 1) is > 0 and var length)
        {
            end += 1 + length;
            parts++;
        }

        return parts > 1 && Take(end - _at);
    }

    public bool FieldArgument() => QuotedString() || Take(LengthUpTo(ArgumentEnd));

    public bool BareString() => Take(LengthUpTo(BareEnd));

    /// <summary>Decimal, perhaps with fraction and exponent, or hexadecimal.</summary>
    public bool Number()
    {
        var rest = Rest;
        if (rest is ['0', 'x' or 'X', var first, ..] && char.IsAsciiHexDigit(first))
        {
            return Take(2 + Count(rest[2..], char.IsAsciiHexDigit));
        }

        var length = rest is ['+' or '-', ..] ? 1 : 0;
        var digits = Count(rest[length..], char.IsAsciiDigit);
        if (digits == 0)
        {
            return false;
        }

        length += digits;
        if (length < rest.Length && rest[length] == '.')
        {
            length += 1 + Count(rest[(length + 1)..], char.IsAsciiDigit);
        }

        if (rest[length..] is ['e' or 'E', '+' or '-', var exponent, ..] && char.IsAsciiDigit(exponent))
        {
            length += 2 + Count(rest[(length + 2)..], char.IsAsciiDigit);
        }

        return Take(length);
    }

    /// <summary>A string in quotes; <see cref="Word"/> has it without them and with its escapes resolved.</summary>
    /// <remarks>A quote after a backslash never ends a string, even if that backslash is escaped itself: so Falco reads it.</remarks>
    public bool QuotedString()
    {
        if (IsAtEnd || text[_at] is not ('"' or '\'') || EndOfString() is not { } end)
        {
            return false;
        }

        var quote = text[_at];
        var word = new StringBuilder();
        for (var i = _at + 1; i < end; i++)
        {
            if (text[i] == '\\')
            {
                i++;
                word.Append(Unescape(quote, ref i));
            }
            else
            {
                word.Append(text[i]);
            }
        }

        Word = word.ToString();
        _at = end + 1;
        return true;
    }

    private int? EndOfString()
    {
        for (var end = text.IndexOf(text[_at], _at + 1); end >= 0; end = text.IndexOf(text[_at], end + 1))
        {
            if (text[end - 1] != '\\')
            {
                return end;
            }
        }

        return null;
    }

    private static int Count(ReadOnlySpan<char> span, Func<char, bool> holds)
    {
        var count = 0;
        while (count < span.Length && holds(span[count]))
        {
            count++;
        }

        return count;
    }

    private char Unescape(char quote, ref int at)
    {
        switch (text[at])
        {
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case '\\' or ' ': // a backslash before a blank was written by mistake so often that it stays a backslash
                return '\\';
            case '/':
                return '/';
            case '"' or '\'' when text[at] == quote:
                return quote;
            case 'x' when at + 2 < text.Length && char.IsAsciiHexDigit(text[at + 1]) && char.IsAsciiHexDigit(text[at + 2]):
                var code = Convert.ToByte(text.Substring(at + 1, 2), 16);
                at += 2;
                return EscapedBytes.Keep(code);
            default:
                _at = at;
                throw Error($"'\\{text[at]}' is no escape in a string in {quote} quotes");
        }
    }

    private int IdentifierLength(int from)
    {
        if (from >= text.Length || !char.IsAsciiLetter(text[from]))
        {
            return 0;
        }

        var end = from + 1;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
        {
            end++;
        }

        return end - from;
    }

    private int LengthUpTo(SearchValues<char> end)
    {
        var length = Rest.IndexOfAny(end);
        return length < 0 ? Rest.Length : length;
    }

    private bool Take(int length)
    {
        if (length == 0)
        {
            return false;
        }

        Word = text.Substring(_at, length);
        _at += length;
        return true;
    }
}
