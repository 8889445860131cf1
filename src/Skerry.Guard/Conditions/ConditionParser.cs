namespace Skerry.Guard.Conditions;

/// <summary>
/// Reads a condition by recursive descent. Grammar (blanks between words are free):
/// <code>
/// any      = all ("or" all)*
/// all      = not ("and" not)*
/// not      = "not"* (check | "(" any ")")
/// check    = operand "exists" | operand operator right | MACRO
/// operand  = FIELD ["[" argument "]"] | transformer "(" argument ("," argument)* ")" ["[" argument "]"]
/// right    = constant | "(" [constant ("," constant)*] ")" | "val(" FIELD ")" | transformer…
/// </code>
/// </summary>
internal sealed class ConditionParser
{
    /// <summary>Deepest nesting of brackets and transformers.</summary>
    public const int MaxDepth = 200;

    private static readonly string[] Transformers = ["tolower", "toupper", "b64", "basename", "len", "join", "concat", "getopt"];
    private static readonly string[] NumberOperators = ["<=", "<", ">=", ">"];
    private static readonly string[] SymbolOperators = ["==", "=", "!="];
    private static readonly string[] WordOperators =
        ["glob", "iglob", "contains", "icontains", "bcontains", "startswith", "bstartswith", "endswith", "regex"];

    private static readonly string[] Modifiers = ["oneof", "anyof", "allof"];
    private static readonly string[] ListOperators = ["intersects", "in", "pmatch"];

    private readonly ConditionLexer _lexer;
    private int _depth;

    private ConditionParser(string text) => _lexer = new ConditionLexer(text);

    /// <summary>Names of the transformers, with the one that changes nothing.</summary>
    public static IEnumerable<string> TransformerNames => Transformers.Append("val");

    /// <summary>Reads a whole condition.</summary>
    /// <exception cref="ConditionSyntaxException">The text is no condition.</exception>
    public static Condition Parse(string text)
    {
        var parser = new ConditionParser(text);
        if (text.Length == 0)
        {
            throw parser._lexer.Error("the condition is empty");
        }

        var condition = parser.ReadAny();
        return parser._lexer.IsAtEnd ? condition : throw parser._lexer.Error($"expected 'and', 'or' or the end after '{parser._lexer.Word}'");
    }

    /// <summary>Reads a field or transformer at the start of a text, and how long it is; null where there is none.</summary>
    /// <exception cref="ConditionSyntaxException">It begins like one and does not end like one.</exception>
    public static (Operand Operand, int Length)? ParseOperand(string text)
    {
        var parser = new ConditionParser(text);
        return parser.ReadOperand() is { } operand ? (operand, parser._lexer.Mark()) : null;
    }

    private Condition ReadAny()
    {
        Enter();
        _lexer.Blank();
        var position = _lexer.Position;
        List<Condition> parts = [ReadAll()];
        _lexer.Blank();
        while (_lexer.Exactly("or"))
        {
            parts.Add(ReadPart("or", ReadAll));
            _lexer.Blank();
        }

        _depth--;
        return parts.Count == 1 ? parts[0] : new Condition.Any(parts, position);
    }

    private Condition ReadAll()
    {
        _lexer.Blank();
        var position = _lexer.Position;
        List<Condition> parts = [ReadNot()];
        _lexer.Blank();
        while (_lexer.Exactly("and"))
        {
            parts.Add(ReadPart("and", ReadNot));
            _lexer.Blank();
        }

        return parts.Count == 1 ? parts[0] : new Condition.All(parts, position);
    }

    /// <summary>What follows "and" or "or": a blank and a part, or a bracket at once.</summary>
    private Condition ReadPart(string word, Func<Condition> read)
    {
        if (_lexer.Blank())
        {
            return read();
        }

        return _lexer.Exactly("(") ? ReadBracket() : throw _lexer.Error($"expected a blank or '(' after '{word}'");
    }

    private Condition ReadNot()
    {
        _lexer.Blank();
        var position = _lexer.Position;
        var isNegated = false;
        while (_lexer.ExactlyThenBlank("not"))
        {
            isNegated = !isNegated;
        }

        Condition inner;
        if (_lexer.Exactly("not("))
        {
            isNegated = !isNegated;
            inner = ReadBracket();
        }
        else
        {
            inner = ReadCheck();
        }

        return isNegated ? new Condition.Not(inner, position) : inner;
    }

    private Condition ReadBracket()
    {
        var inner = ReadAny();
        _lexer.Blank();
        return _lexer.Exactly(")") ? inner : throw _lexer.Error("expected ')'");
    }

    private Condition ReadCheck()
    {
        _lexer.Blank();
        var position = _lexer.Position;
        if (_lexer.Exactly("("))
        {
            return ReadBracket();
        }

        if (ReadOperand() is { } left)
        {
            return ReadComparison(left, position);
        }

        return _lexer.Identifier() ? new Condition.Macro(_lexer.Word, position) : throw _lexer.Error("expected '(', a field or the name of a macro");
    }

    private Operand? ReadOperand()
    {
        var position = _lexer.Position;
        if (_lexer.FieldName())
        {
            var name = _lexer.Word;
            return new Operand.Field(name, ReadArgument(), position);
        }

        return ReadTransformer();
    }

    private Operand.Transformed? ReadTransformer()
    {
        var position = _lexer.Position;
        if (Array.Find(Transformers, t => _lexer.Exactly(t + "(")) is not { } transformer)
        {
            return null;
        }

        Enter();
        List<Operand> inner = [];
        do
        {
            inner.Add(ReadTransformerArgument());
            _lexer.Blank();
        }
        while (_lexer.Exactly(","));

        if (!_lexer.Exactly(")"))
        {
            throw _lexer.Error($"expected ')' at the end of '{transformer}('");
        }

        _depth--;
        return new Operand.Transformed(transformer, inner, ReadArgument(), position);
    }

    private Operand ReadTransformerArgument()
    {
        _lexer.Blank();
        var position = _lexer.Position;
        if (_lexer.Number() || _lexer.QuotedString())
        {
            return new Operand.Value(_lexer.Word, position);
        }

        if (!_lexer.Exactly("("))
        {
            return ReadOperand() ?? throw _lexer.Error("expected a field, a transformer, a string in quotes, a number or a list");
        }

        List<Operand> items = [];
        _lexer.Blank();
        while (!_lexer.Exactly(")"))
        {
            if (items.Count > 0 && !_lexer.Exactly(","))
            {
                throw _lexer.Error("expected ',' or ')'");
            }

            _lexer.Blank();
            var at = _lexer.Position;
            items.Add(ReadOperand() ?? (_lexer.QuotedString() || _lexer.Number()
                ? new Operand.Value(_lexer.Word, at)
                : throw _lexer.Error("expected a field, a transformer, a string in quotes or a number")));
            _lexer.Blank();
        }

        return new Operand.Group(items, position);
    }

    private string? ReadArgument()
    {
        if (!_lexer.Exactly("["))
        {
            return null;
        }

        if (!_lexer.FieldArgument())
        {
            throw _lexer.Error("expected the argument of the field, in quotes or bare");
        }

        var argument = _lexer.Word;
        return _lexer.Exactly("]") ? argument : throw _lexer.Error("expected ']'");
    }

    private Condition.Check ReadComparison(Operand left, ConditionPosition position)
    {
        _lexer.Blank();
        if (_lexer.Exactly("exists"))
        {
            return new Condition.Check(left, new Comparison(ComparisonOperator.Exists), null, position);
        }

        if (Array.Find(NumberOperators, _lexer.Exactly) is { } number)
        {
            return new Condition.Check(left, Comparison.Parse(number)!.Value, ReadRight(_lexer.Number, "a number"), position);
        }

        var symbol = Array.Find(SymbolOperators, _lexer.Exactly);
        if ((symbol ?? Array.Find(WordOperators, _lexer.ExactlyThenBlank)) is { } op)
        {
            var isApart = symbol is null || _lexer.Blank();
            if (isApart && ReadModifier() is { } modifier)
            {
                return new Condition.Check(left, Comparison.Parse($"{op} {modifier}")!.Value, ReadList(mayTransform: false), position);
            }

            return new Condition.Check(left, Comparison.Parse(op)!.Value, ReadRight(ReadString, "a string"), position);
        }

        return Array.Find(ListOperators, _lexer.Exactly) is { } list
            ? new Condition.Check(left, Comparison.Parse(list)!.Value, ReadList(mayTransform: true), position)
            : throw _lexer.Error("expected an operator");
    }

    /// <summary>"oneof", "anyof" or "allof", where a list follows. Elsewhere these are ordinary strings.</summary>
    private string? ReadModifier()
    {
        var mark = _lexer.Mark();
        if (Array.Find(Modifiers, _lexer.ExactlyThenBlank) is { } modifier && !_lexer.IsFollowedBy("and", "or", "not"))
        {
            var start = _lexer.Mark();
            var isList = _lexer.Exactly("(") || _lexer.Identifier();
            _lexer.Return(isList ? start : mark);
            return isList ? modifier : null;
        }

        _lexer.Return(mark);
        return null;
    }

    private Operand ReadRight(Func<bool> readConstant, string expected)
    {
        _lexer.Blank();
        var position = _lexer.Position;
        if (ReadValOrTransformer() is { } operand)
        {
            return operand;
        }

        return readConstant() ? new Operand.Value(_lexer.Word, position) : throw _lexer.Error($"expected {expected} or a transformer of a field");
    }

    private Operand ReadList(bool mayTransform)
    {
        _lexer.Blank();
        var position = _lexer.Position;
        if (_lexer.Exactly("("))
        {
            return ReadListItems(position);
        }

        if (mayTransform && ReadValOrTransformer() is { } operand)
        {
            return operand;
        }

        return _lexer.Identifier() ? new Operand.Value(_lexer.Word, position) : throw _lexer.Error("expected a list in brackets");
    }

    private Operand.Values ReadListItems(ConditionPosition position)
    {
        List<string> texts = [];
        _lexer.Blank();
        while (!_lexer.Exactly(")"))
        {
            if (texts.Count > 0 && !_lexer.Exactly(","))
            {
                throw _lexer.Error("expected ',' or ')' in a list");
            }

            _lexer.Blank();
            texts.Add(ReadString() ? _lexer.Word : throw _lexer.Error("expected a string in a list"));
            _lexer.Blank();
        }

        return new Operand.Values(texts, position);
    }

    private bool ReadString() => _lexer.QuotedString() || _lexer.BareString();

    private Operand? ReadValOrTransformer()
    {
        var position = _lexer.Position;
        if (!_lexer.Exactly("val("))
        {
            return ReadTransformer();
        }

        _lexer.Blank();
        var at = _lexer.Position;
        if (!_lexer.FieldName())
        {
            throw _lexer.Error("expected a field in 'val('");
        }

        var name = _lexer.Word;
        var field = new Operand.Field(name, ReadArgument(), at);
        _lexer.Blank();
        return _lexer.Exactly(")") ? new Operand.Transformed("val", [field], ReadArgument(), position) : throw _lexer.Error("expected ')' at the end of 'val('");
    }

    private void Enter()
    {
        if (++_depth > MaxDepth)
        {
            throw _lexer.Error($"nested deeper than {MaxDepth}");
        }
    }
}
