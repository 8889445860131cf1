using Skerry.Guard.Events;
using Skerry.Guard.Rules;

namespace Skerry.Guard.Decisions;

/// <summary>
/// Rules in the form in which events are judged: for each kind of event the rules that can fire on it, each as a program
/// over tests that all rules share. It does not change; threads may share it, each with a <see cref="RuleEvaluator"/> of its own.
/// </summary>
public sealed class RuleSet
{
    private readonly RuleProgram[][] _byType;
    private readonly TestSlot[] _slots;

    internal RuleSet(IReadOnlyList<Rule> rules, RuleProgram[][] byType, TestSlot[] slots, bool matchesAll)
    {
        Rules = rules;
        _byType = byType;
        _slots = slots;
        MatchesAll = matchesAll;
    }

    /// <summary>A set without rules.</summary>
    public static RuleSet Empty { get; } = RuleSetBuilder.Build([], new DecisionGraph(), matchesAll: false);

    /// <summary>The enabled rules, in their order.</summary>
    public IReadOnlyList<Rule> Rules { get; }

    /// <summary>True where an event is judged by all rules, false where after the first that fires only those are asked that more follows on than an alert.</summary>
    public bool MatchesAll { get; }

    /// <summary>Number of tests and shared sub-expressions; each is decided at most once an event.</summary>
    public int TestCount => _slots.Length;

    internal ReadOnlySpan<TestSlot> Slots => _slots;

    /// <summary>True where some rule can fire on events of a kind: the sensor need not tell others.</summary>
    public bool IsWatched(EventType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return _byType[type.Code].Length > 0;
    }

    /// <summary>The rules that can fire on events of a kind.</summary>
    public IEnumerable<Rule> RulesOf(EventType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return _byType[type.Code].Select(static p => p.Rule);
    }

    internal ReadOnlySpan<RuleProgram> ProgramsOf(EventType type) => _byType[type.Code];

    /// <summary>A rule for one kind of event; without program it fires on each.</summary>
    internal readonly record struct RuleProgram(Rule Rule, DecisionProgram? Program);

    /// <summary>A test, or a sub-expression that several rules share.</summary>
    internal readonly record struct TestSlot(Test? Test, DecisionProgram? Program);
}
