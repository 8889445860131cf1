using Skerry.Guard.Events;
using Skerry.Guard.Rules;

namespace Skerry.Guard.Decisions;

/// <summary>Builds a rule set: (1) kinds of events that no rule tells apart are one group, (2) each rule is specialised for each group,
/// (3) tests and shared sub-expressions get numbers, (4) decisions become programs.</summary>
internal sealed class RuleSetBuilder
{
    private readonly DecisionGraph _graph;
    private readonly Dictionary<int, int> _uses = [];
    private readonly Dictionary<int, int> _slotOf = [];
    private readonly List<Decision> _slotted = [];
    private readonly Dictionary<int, DecisionProgram> _programs = [];

    private RuleSetBuilder(DecisionGraph graph) => _graph = graph;

    public static RuleSet Build(IReadOnlyList<(Rule Rule, Decision Decision)> rules, DecisionGraph graph, bool matchesAll)
    {
        var builder = new RuleSetBuilder(graph);

        // 1. and 2.
        var groups = GroupTypes(rules.Select(static r => r.Decision));
        var special = groups.Select(group => builder.SpecialiseAll(rules, group[0])).ToList();

        // 3.
        foreach (var (_, decision) in special.SelectMany(static s => s).DistinctBy(static s => (s.Rule, s.Decision.Id)))
        {
            builder.Count(decision);
        }

        builder.AssignSlots();

        // 4.
        var slots = builder._slotted.Select(d => d.Kind == Decision.Shape.Leaf ? new RuleSet.TestSlot(d.Test, null) : new RuleSet.TestSlot(null, builder.Compile(d))).ToArray();
        var byType = new RuleSet.RuleProgram[EventTypes.All.Count][];
        foreach (var (group, decisions) in groups.Zip(special))
        {
            var programs = decisions.Select(d => new RuleSet.RuleProgram(d.Rule, d.Decision.Kind == Decision.Shape.Fixed ? null : builder.Compile(d.Decision))).ToArray();
            foreach (var type in group)
            {
                byType[type.Code] = programs;
            }
        }

        return new RuleSet([.. rules.Select(static r => r.Rule)], byType, slots, matchesAll);
    }

    /// <summary>Number of kinds of events on which a decision can hold.</summary>
    public static int CountTypes(Decision decision, DecisionGraph graph)
    {
        var groups = GroupTypes([decision]);
        return groups.Where(g => graph.Specialise(decision, EventOf(g[0]), []) != graph.False).Sum(static g => g.Count);
    }

    private static KernelEvent EventOf(EventType type)
    {
        var e = new KernelEvent();
        e.Begin(type);
        return e;
    }

    /// <summary>Kinds of events for which every test on the kind answers the same.</summary>
    private static List<List<EventType>> GroupTypes(IEnumerable<Decision> decisions)
    {
        Dictionary<string, Test> tests = new(StringComparer.Ordinal);
        HashSet<int> seen = [];
        foreach (var decision in decisions)
        {
            Collect(decision, tests, seen);
        }

        var groups = new Dictionary<string, List<EventType>>(StringComparer.Ordinal);
        var e = new KernelEvent();
        Test[] asked = [.. tests.Values];
        var answered = new char[asked.Length];
        foreach (var type in EventTypes.All)
        {
            e.Begin(type);
            for (var i = 0; i < asked.Length; i++)
            {
                answered[i] = asked[i].Holds(e) ? '1' : '0';
            }

            var answers = new string(answered);
            if (!groups.TryGetValue(answers, out var group))
            {
                groups[answers] = group = [];
            }

            group.Add(type);
        }

        return [.. groups.Values];
    }

    private static void Collect(Decision decision, Dictionary<string, Test> tests, HashSet<int> seen)
    {
        if (!seen.Add(decision.Id))
        {
            return;
        }

        if (decision.Test is { IsOfType: true } test)
        {
            tests[test.Key] = test;
        }

        foreach (var part in decision.Parts)
        {
            Collect(part, tests, seen);
        }
    }

    private List<(Rule Rule, Decision Decision)> SpecialiseAll(IReadOnlyList<(Rule Rule, Decision Decision)> rules, EventType type)
    {
        var e = EventOf(type);
        Dictionary<int, Decision> known = [];
        return [.. rules.Select(r => (r.Rule, _graph.Specialise(r.Decision, e, known))).Where(r => r.Item2 != _graph.False)];
    }

    private void Count(Decision decision)
    {
        var uses = _uses.GetValueOrDefault(decision.Id);
        _uses[decision.Id] = uses + 1;
        if (uses > 0)
        {
            return;
        }

        if (decision.Kind is Decision.Shape.Leaf or Decision.Shape.All or Decision.Shape.Any)
        {
            _slotted.Add(decision);
        }

        foreach (var part in decision.Parts)
        {
            Count(part);
        }
    }

    /// <summary>Every test has a number, and every sub-expression that is used twice.</summary>
    private void AssignSlots()
    {
        _slotted.RemoveAll(d => d.Kind != Decision.Shape.Leaf && _uses[d.Id] < 2);
        foreach (var (index, decision) in _slotted.Index())
        {
            _slotOf[decision.Id] = index;
        }
    }

    private DecisionProgram Compile(Decision decision)
    {
        if (!_programs.TryGetValue(decision.Id, out var program))
        {
            _programs[decision.Id] = program = DecisionProgram.Compile(decision, d => _slotOf.TryGetValue(d.Id, out var slot) ? slot : null);
        }

        return program;
    }
}
