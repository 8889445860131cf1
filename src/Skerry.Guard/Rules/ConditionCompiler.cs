using Skerry.Guard.Conditions;
using Skerry.Guard.Decisions;
using Skerry.Guard.Fields;

namespace Skerry.Guard.Rules;

/// <summary>Turns conditions into decisions; each macro once, for all rules.</summary>
internal sealed class ConditionCompiler(DecisionGraph graph, MacroTable macros, LoadResult result)
{
    private readonly Dictionary<string, Decision> _known = new(StringComparer.Ordinal);

    /// <exception cref="RuleLoadException">A check is not possible.</exception>
    /// <exception cref="UnknownFieldException">A field or kind of event is not known.</exception>
    public Decision Compile(ConditionUnit unit) => Compile(unit.Condition, unit);

    private Decision Compile(Condition condition, ConditionUnit unit) => condition switch
    {
        Condition.All all => graph.Join(isAll: true, [.. all.Parts.Select(p => Compile(p, unit))]),
        Condition.Any any => graph.Join(isAll: false, [.. any.Parts.Select(p => Compile(p, unit))]),
        Condition.Not not => graph.Not(Compile(not.Inner, unit)),
        Condition.Macro macro => CompileMacro(macro.Name),
        Condition.Check check => CompileCheck(check, unit),
        _ => throw new InvalidOperationException($"no condition {condition.GetType().Name}"),
    };

    private Decision CompileMacro(string name)
    {
        if (!_known.TryGetValue(name, out var decision))
        {
            var unit = macros.Unit(name);
            _known[name] = decision = Compile(unit.Condition, unit);
        }

        return decision;
    }

    private Decision CompileCheck(Condition.Check check, ConditionUnit unit)
    {
        Test test;
        try
        {
            test = TestCompiler.Compile(check);
        }
        catch (FieldException e)
        {
            var context = unit.At(check.Position);
            throw e.IsUnknown ? new UnknownFieldException(e.Message, context) : new RuleLoadException(LoadErrorCode.CompileCondition, e.Message, context);
        }

        foreach (var warning in ConditionAdvice.Of(check))
        {
            result.Warn(LoadWarningCode.CompileCondition, warning, unit.At((check.Right ?? check.Left).Position));
        }

        return CertainAnswer(check) is { } answer ? graph.Of(answer) : graph.Leaf(test);
    }

    /// <summary>Events are numbered from 1, so that "evt.num=0", as rules write "never", is known to be false.</summary>
    private static bool? CertainAnswer(Condition.Check check)
    {
        if (check.Left is not Operand.Field { Name: "evt.num" } || check.Right is not Operand.Value { Text: var text } || !ulong.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        return check.Comparison.Operator switch
        {
            ComparisonOperator.Equal or ComparisonOperator.LessOrEqual when number == 0 => false,
            ComparisonOperator.Less when number <= 1 => false,
            ComparisonOperator.NotEqual or ComparisonOperator.Greater when number == 0 => true,
            ComparisonOperator.GreaterOrEqual when number <= 1 => true,
            _ => null,
        };
    }
}
