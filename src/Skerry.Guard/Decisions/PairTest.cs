using Skerry.Guard.Conditions;
using Skerry.Guard.Events;
using Skerry.Guard.Patterns;
using Skerry.Guard.Sources;

namespace Skerry.Guard.Decisions;

/// <summary>A field against another field of the same event.</summary>
internal sealed class PairTest(Source left, ComparisonOperator op, Source right, string key) : Test(key, left.Cost + right.Cost + 4, left.IsOfType && right.IsOfType)
{
    public override bool Holds(KernelEvent e) => (left, right) switch
    {
        (TextSource a, TextSource b) => Compare(e, a.Read(e), b.Read(e)),
        (NumberSource a, NumberSource b) => a.Read(e) is { } x && b.Read(e) is { } y && NumberMatcher.Compare(Scalar, x, y),
        (AddressSource a, AddressSource b) => a.Read(e) is { } x && b.Read(e) is { } y && (x == y) == (op != ComparisonOperator.NotEqual),
        (ListSource a, ListSource b) => a.Read(e) is { } some && b.Read(e) is { } others && Compare(some, others),
        _ => false,
    };

    /// <summary>With one value on the right, "in" and "intersects" are "=".</summary>
    private ComparisonOperator Scalar => op is ComparisonOperator.In or ComparisonOperator.Intersects ? ComparisonOperator.Equal : op;

    private bool Compare(KernelEvent e, Text a, Text b)
    {
        if (a.IsAbsent || b.IsAbsent)
        {
            return false;
        }

        ReadOnlySpan<byte> text = a.Span, value = b.Span;
        return Scalar switch
        {
            ComparisonOperator.Contains or ComparisonOperator.ContainsBytes => text.IndexOf(value) >= 0,
            ComparisonOperator.ContainsAnyCase => AsciiCase.Contains(text, Lower(e, value)),
            ComparisonOperator.StartsWith or ComparisonOperator.StartsWithBytes => text.StartsWith(value),
            ComparisonOperator.EndsWith => text.EndsWith(value),
            ComparisonOperator.Glob => GlobPattern.Matches(value, text, anyCase: false),
            ComparisonOperator.GlobAnyCase => GlobPattern.Matches(Lower(e, value), text, anyCase: true),
            var order => NumberMatcher.Compare(order, text.SequenceCompareTo(value), 0),
        };
    }

    private static ReadOnlySpan<byte> Lower(KernelEvent e, ReadOnlySpan<byte> text)
    {
        var lower = e.Scratch.Begin().Reserve(text.Length)[..text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            lower[i] = AsciiCase.Lower(text[i]);
        }

        return lower;
    }

    private bool Compare(List<Text> some, List<Text> others)
    {
        foreach (var text in some)
        {
            if (others.Contains(text) != (op == ComparisonOperator.In))
            {
                return op != ComparisonOperator.In;
            }
        }

        return op == ComparisonOperator.In;
    }
}
