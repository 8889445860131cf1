using System.Text;
using Skerry.Guard.Conditions;
using Skerry.Guard.Fields;
using Skerry.Guard.Patterns;

namespace Skerry.Guard.Decisions;

/// <summary>Makes matchers of operators and constants.</summary>
internal static class TextMatchers
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="FieldException">A constant is not what the operator takes.</exception>
    public static TextMatcher Create(Comparison comparison, IReadOnlyList<string> values, FieldType type)
    {
        switch (comparison)
        {
            case { Operator: ComparisonOperator.In or ComparisonOperator.Intersects }:
            case { Operator: ComparisonOperator.Equal, Modifier: ComparisonModifier.AnyOf }:
                return values.Count == 1 ? new TextMatcher.Equal(Bytes(values[0])) : new TextMatcher.Member(new ByteSet(values));
            case { Operator: ComparisonOperator.NotEqual, Modifier: ComparisonModifier.AllOf }:
                return new TextMatcher.Not(new TextMatcher.Member(new ByteSet(values)));
            case { Operator: ComparisonOperator.PathMatch }:
                return new TextMatcher.PathPrefix(new PathTrie(values));
            case { Modifier: ComparisonModifier.None }:
                return CreateOne(comparison.Operator, values[0], type);
        }

        TextMatcher[] each = [.. values.Select(v => CreateOne(comparison.Operator, v, type))];
        return comparison.Modifier switch
        {
            ComparisonModifier.OneOf => new TextMatcher.Several(each, 1, 1),
            ComparisonModifier.AnyOf => new TextMatcher.Several(each, 1, int.MaxValue),
            _ => new TextMatcher.Several(each, each.Length, each.Length),
        };
    }

    private static byte[] Bytes(string text) => EscapedBytes.Of(text);

    private static TextMatcher CreateOne(ComparisonOperator op, string value, FieldType type) => op switch
    {
        ComparisonOperator.Equal => new TextMatcher.Equal(Bytes(value)),
        ComparisonOperator.NotEqual => new TextMatcher.Not(new TextMatcher.Equal(Bytes(value))),
        ComparisonOperator.Less => new TextMatcher.Ordered(Bytes(value), static order => order < 0),
        ComparisonOperator.LessOrEqual => new TextMatcher.Ordered(Bytes(value), static order => order <= 0),
        ComparisonOperator.Greater => new TextMatcher.Ordered(Bytes(value), static order => order > 0),
        ComparisonOperator.GreaterOrEqual => new TextMatcher.Ordered(Bytes(value), static order => order >= 0),
        ComparisonOperator.Contains => new TextMatcher.Contains(Bytes(value)),
        ComparisonOperator.ContainsAnyCase => new TextMatcher.ContainsAnyCase(AsciiCase.Lower(Bytes(value))),
        ComparisonOperator.ContainsBytes => new TextMatcher.Contains(Hexadecimal(value)),
        ComparisonOperator.StartsWith => new TextMatcher.StartsWith(Bytes(value)),
        ComparisonOperator.StartsWithBytes => new TextMatcher.StartsWith(Hexadecimal(value)),
        ComparisonOperator.EndsWith => new TextMatcher.EndsWith(Bytes(value)),
        ComparisonOperator.Glob => new TextMatcher.Glob(new GlobPattern(value)),
        ComparisonOperator.GlobAnyCase => new TextMatcher.Glob(new GlobPattern(value, anyCase: true)),
        ComparisonOperator.Regex => new TextMatcher.Regex(Pattern(value)),
        _ => throw new FieldException($"the operator '{new Comparison(op)}' does not go with {FieldListing.TypeName(type)}"),
    };

    private static TextPattern Pattern(string value)
    {
        try
        {
            return new TextPattern(Utf8.GetString(EscapedBytes.Of(value)));
        }
        catch (DecoderFallbackException)
        {
            throw new FieldException($"invalid regular expression '{value}': its bytes are no UTF-8");
        }
        catch (PatternSyntaxException e)
        {
            throw new FieldException($"invalid regular expression '{value}': {e.Message}");
        }
    }

    private static byte[] Hexadecimal(string value)
    {
        try
        {
            return Convert.FromHexString(value);
        }
        catch (FormatException)
        {
            throw new FieldException($"'{value}' is not hexadecimal");
        }
    }
}
