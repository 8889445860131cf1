namespace Skerry.Guard.Conditions;

/// <summary>An operator with its modifier, as in "startswith anyof".</summary>
/// <param name="Operator">The operator.</param>
/// <param name="Modifier">How many of several values must fit.</param>
internal readonly record struct Comparison(ComparisonOperator Operator, ComparisonModifier Modifier = ComparisonModifier.None)
{
    private static readonly Dictionary<string, ComparisonOperator> Operators = new(StringComparer.Ordinal)
    {
        ["exists"] = ComparisonOperator.Exists,
        ["="] = ComparisonOperator.Equal,
        ["=="] = ComparisonOperator.Equal,
        ["!="] = ComparisonOperator.NotEqual,
        ["<"] = ComparisonOperator.Less,
        ["<="] = ComparisonOperator.LessOrEqual,
        [">"] = ComparisonOperator.Greater,
        [">="] = ComparisonOperator.GreaterOrEqual,
        ["contains"] = ComparisonOperator.Contains,
        ["icontains"] = ComparisonOperator.ContainsAnyCase,
        ["bcontains"] = ComparisonOperator.ContainsBytes,
        ["startswith"] = ComparisonOperator.StartsWith,
        ["bstartswith"] = ComparisonOperator.StartsWithBytes,
        ["endswith"] = ComparisonOperator.EndsWith,
        ["glob"] = ComparisonOperator.Glob,
        ["iglob"] = ComparisonOperator.GlobAnyCase,
        ["regex"] = ComparisonOperator.Regex,
        ["in"] = ComparisonOperator.In,
        ["intersects"] = ComparisonOperator.Intersects,
        ["pmatch"] = ComparisonOperator.PathMatch,
    };

    /// <summary>True for operators that take a list.</summary>
    public bool TakesList => Modifier != ComparisonModifier.None || Operator is ComparisonOperator.In or ComparisonOperator.Intersects or ComparisonOperator.PathMatch;

    /// <summary>Reads an operator as it is written in the comps of an exception; null where it is none.</summary>
    public static Comparison? Parse(string text)
    {
        var words = text.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is 0 or > 2 || !Operators.TryGetValue(words[0], out var op))
        {
            return null;
        }

        if (words.Length == 1)
        {
            return new Comparison(op);
        }

        return words[1] switch
        {
            _ when !TakesModifier(op) => null,
            "oneof" => new Comparison(op, ComparisonModifier.OneOf),
            "anyof" => new Comparison(op, ComparisonModifier.AnyOf),
            "allof" => new Comparison(op, ComparisonModifier.AllOf),
            _ => null,
        };
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var self = this;
        var name = Operators.First(o => o.Value == self.Operator).Key;
        return Modifier == ComparisonModifier.None ? name : $"{name} {Modifier.ToString().ToLowerInvariant()}";
    }

    private static bool TakesModifier(ComparisonOperator op) => op is ComparisonOperator.Equal or ComparisonOperator.NotEqual
        or (>= ComparisonOperator.Contains and <= ComparisonOperator.Regex);
}
