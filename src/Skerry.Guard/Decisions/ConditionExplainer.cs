using Skerry.Guard.Alerts;
using Skerry.Guard.Conditions;
using Skerry.Guard.Events;
using Skerry.Guard.Fields;
using Skerry.Guard.Sources;

namespace Skerry.Guard.Decisions;

/// <summary>Judges a condition part by part and keeps every answer: slow, and says why. Its answer is the evaluator's.</summary>
/// <param name="macro">Finds the condition of a macro.</param>
internal sealed class ConditionExplainer(Func<string, Condition> macro)
{
    private const int LongestList = 8;
    private const int LongestValue = 200;

    public Explanation Explain(Condition condition, KernelEvent e)
    {
        switch (condition)
        {
            case Condition.All all:
                var needed = all.Parts.Select(p => Explain(p, e)).ToList();
                return new Explanation("and", needed.TrueForAll(static p => p.Holds), null, needed);
            case Condition.Any any:
                var offered = any.Parts.Select(p => Explain(p, e)).ToList();
                return new Explanation("or", offered.Exists(static p => p.Holds), null, offered);
            case Condition.Not not:
                var inner = Explain(not.Inner, e);
                return new Explanation("not", !inner.Holds, null, [inner]);
            case Condition.Macro named:
                var body = Explain(macro(named.Name), e);
                return new Explanation(named.Name, body.Holds, null, [body]);
            case Condition.Check check:
                var left = SourceCompiler.Compile(check.Left);
                return new Explanation(Write(check), TestCompiler.Compile(check).Holds(e), Value(left, e), []);
            default:
                throw new InvalidOperationException($"no condition {condition.GetType().Name}");
        }
    }

    private static string Write(Condition.Check check)
    {
        var right = check.Right switch
        {
            null => "",
            Operand.Values { Texts: { Count: > LongestList } texts } => $" ({string.Join(", ", texts.Take(LongestList))}, and {texts.Count - LongestList} more)",
            var operand => $" {operand}",
        };
        return $"{check.Left} {check.Comparison}{right}";
    }

    private static string? Value(Source source, KernelEvent e)
    {
        if (source is AncestorSource ancestors)
        {
            return Ancestors(ancestors, e);
        }

        var text = ValueText.Read(source, e);
        if (source is AddressSource { HasOther: true } address && address.ReadOther(e) is { } other)
        {
            return text.IsAbsent ? other.ToString() : $"{text}, {other}";
        }

        if (source is NumberSource { HasOther: true } number && number.ReadOther(e) is { } second)
        {
            return text.IsAbsent ? $"{second}" : $"{text}, {second}";
        }

        return text.IsAbsent ? null : Short(text.ToString());
    }

    private static string? Ancestors(AncestorSource source, KernelEvent e)
    {
        List<string> values = [];
        var process = e.Process?.Parent;
        for (var depth = 0; process is not null && depth < ProcessFacts.DeepestAncestor; depth++)
        {
            values.Add(source.IsNumber ? $"{source.ReadNumber(process)}" : source.ReadText(e, process).ToString());
            process = process.Parent;
        }

        return values.Count == 0 ? null : Short(string.Join(", ", values));
    }

    private static string Short(string value) => value.Length <= LongestValue ? value : value[..LongestValue] + "…";
}
