using Skerry.Guard.Conditions;
using Skerry.Guard.Fields;

namespace Skerry.Guard.Rules;

/// <summary>Finds checks that may not mean what they say.</summary>
internal static class ConditionAdvice
{
    private const string PatternCharacters = ".+*?^$()[]{}|\\";

    public static IEnumerable<string> Of(Condition.Check check)
    {
        IReadOnlyList<string> values = check.Right switch
        {
            Operand.Value value => [value.Text],
            Operand.Values several => several.Texts,
            _ => [],
        };
        foreach (var value in values)
        {
            var bare = string.Concat(value.Where(static c => !char.IsWhiteSpace(c)));
            if (check.Comparison.Operator == ComparisonOperator.Regex && !NeedsPattern(value))
            {
                yield return $"the pattern '{value}' says what '=', 'contains', 'startswith' or 'endswith' says, which are faster";
            }

            if (IsField(bare))
            {
                yield return $"'{value}' is compared as a text, and is the name of a field: val({bare}) is its value";
            }

            if (bare.EndsWith(')') && ConditionParser.TransformerNames.Any(t => bare.StartsWith(t + "(", StringComparison.Ordinal)))
            {
                yield return $"'{value}' is compared as a text, and looks like a transformer of a field";
            }
        }
    }

    private static bool IsField(string text)
    {
        var bracket = text.IndexOf('[', StringComparison.Ordinal);
        var name = bracket < 0 ? text : text[..bracket];
        if (FieldTable.Find(name) is not null)
        {
            return true;
        }

        for (var dot = name.LastIndexOf('.'); dot > 0; dot = name.LastIndexOf('.', dot - 1))
        {
            if (FieldTable.Find(name[..dot]) is not null)
            {
                return bracket < 0 && IsResolved(name);
            }
        }

        return false;
    }

    /// <summary>True for a field with its argument behind a dot.</summary>
    private static bool IsResolved(string name)
    {
        try
        {
            FieldTable.Resolve(name, null);
            return true;
        }
        catch (FieldException)
        {
            return false;
        }
    }

    /// <summary>False for a text without special characters but for an anchor, or ".*" and the like, at either end: not both at one.</summary>
    private static bool NeedsPattern(string pattern)
    {
        var body = pattern.AsSpan();
        body = body is ['^', ..] ? body[1..] : body is ['.', '*' or '+' or '?', ..] ? body[2..] : body;
        body = body is [.., '$'] ? body[..^1] : body is [.., '.', '*' or '+' or '?'] ? body[..^2] : body;
        return body.IndexOfAny(PatternCharacters) >= 0;
    }
}
