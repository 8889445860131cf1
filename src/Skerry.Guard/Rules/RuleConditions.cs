using Skerry.Guard.Decisions;
using Skerry.Guard.Events;

namespace Skerry.Guard.Rules;

/// <summary>The conditions of a compilation as they were read, for who wants to know why a rule fired.</summary>
internal sealed class RuleConditions
{
    private readonly Dictionary<string, ConditionUnit> _rules = new(StringComparer.Ordinal);

    /// <summary>The macros that they name.</summary>
    public MacroTable? Macros { get; set; }

    public void Add(string rule, ConditionUnit unit) => _rules[rule] = unit;

    public Explanation Explain(string rule, KernelEvent e) =>
        _rules.TryGetValue(rule, out var unit) && Macros is { } macros ? new ConditionExplainer(name => macros.Unit(name).Condition).Explain(unit.Condition, e)
        : throw new ArgumentException($"there is no rule '{rule}'", nameof(rule));
}
