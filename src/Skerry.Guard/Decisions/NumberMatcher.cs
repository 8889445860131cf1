using Skerry.Guard.Conditions;

namespace Skerry.Guard.Decisions;

/// <summary>What a number is compared with: one number, or a sorted set of them.</summary>
internal sealed class NumberMatcher(Comparison comparison, long[] values)
{
    private readonly ComparisonOperator _operator = comparison.Operator;
    private readonly ComparisonModifier _modifier = comparison.Modifier;
    private readonly long[] _values = [.. values.Order()];

    public bool Matches(long number)
    {
        if (_operator is ComparisonOperator.In or ComparisonOperator.Intersects)
        {
            return Array.BinarySearch(_values, number) >= 0;
        }

        if (_modifier == ComparisonModifier.None)
        {
            return Compare(_operator, number, _values[0]);
        }

        var count = 0;
        foreach (var value in _values)
        {
            count += Compare(_operator, number, value) ? 1 : 0;
        }

        return _modifier switch
        {
            ComparisonModifier.OneOf => count == 1,
            ComparisonModifier.AnyOf => count > 0,
            _ => count == _values.Length && count > 0,
        };
    }

    public static bool Compare(ComparisonOperator op, long left, long right) => op switch
    {
        ComparisonOperator.Equal => left == right,
        ComparisonOperator.NotEqual => left != right,
        ComparisonOperator.Less => left < right,
        ComparisonOperator.LessOrEqual => left <= right,
        ComparisonOperator.Greater => left > right,
        ComparisonOperator.GreaterOrEqual => left >= right,
        _ => false,
    };
}
