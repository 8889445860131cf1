using Skerry.Guard.Conditions;

namespace Skerry.Guard.Rules;

/// <summary>Fields of Falco that lost their meaning when it stopped to tell of entries into system calls, and other things to warn of in a whole condition.</summary>
internal static class OldFields
{
    private static readonly string[] Names = ["evt.dir", "evt.latency", "evt.latency.s", "evt.latency.ns", "evt.latency.human", "evt.wait_latency"];

    /// <summary>Those that a message names, in whatever form: a text that looks like one, too, as in Falco.</summary>
    public static IEnumerable<string> In(string output) => Names.Where(name => output.Contains(name, StringComparison.Ordinal));

    /// <summary>Warns of old fields in a rule's condition and its macros, once each, and of comparisons with a text that stands for nothing.</summary>
    public static void Warn(ConditionUnit unit, MacroTable macros, LoadResult result)
    {
        HashSet<string> found = new(StringComparer.Ordinal);
        HashSet<string> seen = new(StringComparer.Ordinal);
        var isUnsafe = false;
        var open = new Stack<Condition>([unit.Condition]);
        while (open.TryPop(out var condition))
        {
            foreach (var name in MacroTable.Names(condition).Select(static m => m.Name).Where(seen.Add))
            {
                open.Push(macros.Unit(name).Condition);
            }

            foreach (var check in Checks(condition))
            {
                found.UnionWith(FieldsOf(check.Left).Where(static name => Names.Contains(name, StringComparer.Ordinal)));
                isUnsafe |= IsUnsafe(check);
            }
        }

        var at = unit.Context.InCondition(unit.Text);
        if (isUnsafe)
        {
            result.Warn(LoadWarningCode.UnsafeNaCheck, "", at);
        }

        foreach (var name in Names.Where(found.Contains))
        {
            result.WarnOfField(name, Explain(name), at);
        }
    }

    public static string Explain(string name) => name == "evt.dir"
        ? "'evt.dir' is old: every event is told when the call returns, so that 'evt.dir = <' is always true and 'evt.dir = >' never"
        : $"'{name}' is old: the time of entry into a call is not known";

    private static IEnumerable<Condition.Check> Checks(Condition condition) => condition switch
    {
        Condition.Check check => [check],
        Condition.Not not => Checks(not.Inner),
        Condition.All all => all.Parts.SelectMany(Checks),
        Condition.Any any => any.Parts.SelectMany(Checks),
        _ => [],
    };

    /// <summary>The fields on the left of a check, also in transformers; what is in a list there is not looked at.</summary>
    private static IEnumerable<string> FieldsOf(Operand operand) => operand switch
    {
        Operand.Field field => [field.Name],
        Operand.Transformed transformed => transformed.Inner.SelectMany(FieldsOf),
        _ => [],
    };

    private static bool IsUnsafe(Condition.Check check)
    {
        const string Nothing = "<NA>";
        return check.Comparison is { Modifier: ComparisonModifier.None, Operator: ComparisonOperator.Equal or ComparisonOperator.NotEqual or ComparisonOperator.In or ComparisonOperator.Intersects or ComparisonOperator.PathMatch }
            && FieldsOf(check.Left).LastOrDefault() is { } name && (name.StartsWith("ka.", StringComparison.Ordinal) || name.StartsWith("jevt.", StringComparison.Ordinal))
            && check.Right switch
            {
                Operand.Value { Text: Nothing } => true,
                Operand.Values several => several.Texts.Contains(Nothing, StringComparer.Ordinal),
                _ => false,
            };
    }
}
