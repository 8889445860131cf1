using Skerry.Guard.Events;
using Skerry.Guard.Rules;

namespace Skerry.Guard.Decisions;

/// <summary>Judges events by a rule set. One thread at a time; nothing is allocated for an event.</summary>
public sealed class RuleEvaluator
{
    private readonly RuleSet _rules;
    private readonly long[] _answers; // of each test: the round in which it was asked, times two, plus the answer
    private readonly Rule[] _fired;
    private readonly HashSet<Rule> _answered;
    private long _round;

    /// <summary>An evaluator of a rule set.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="isAnswered">Whether more follows on a rule than an alert: no rule before it keeps such a one from being asked.</param>
    public RuleEvaluator(RuleSet rules, Func<Rule, bool>? isAnswered = null)
    {
        ArgumentNullException.ThrowIfNull(rules);
        _answered = isAnswered is null ? [] : [.. rules.Rules.Where(isAnswered)];
        _rules = rules;
        _answers = new long[rules.TestCount];
        _fired = new Rule[Math.Max(1, rules.Rules.Count)];
    }

    /// <summary>The rules that fire on an event, in their order. Good until the next call.</summary>
    public ReadOnlySpan<Rule> Judge(KernelEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        _round++;
        var count = 0;
        foreach (ref readonly var rule in _rules.ProgramsOf(e.Type))
        {
            if (count > 0 && !_rules.MatchesAll && !_answered.Contains(rule.Rule))
            {
                continue;
            }

            if (rule.Program is null || Run(rule.Program, e))
            {
                _fired[count++] = rule.Rule;
                if (!_rules.MatchesAll && _answered.Count == 0)
                {
                    break;
                }
            }
        }

        return _fired.AsSpan(0, count);
    }

    private bool Run(DecisionProgram program, KernelEvent e)
    {
        var steps = program.Steps;
        var at = steps.Length - 1;
        while (at >= 0)
        {
            ref readonly var step = ref steps[at];
            at = Holds(step.Test, e) ? step.WhenTrue : step.WhenFalse;
        }

        return at == Step.Accept;
    }

    /// <summary>Asks a test, or gives the answer it gave in this round.</summary>
    private bool Holds(int test, KernelEvent e)
    {
        var known = _answers[test];
        if (known >> 1 == _round)
        {
            return (known & 1) != 0;
        }

        ref readonly var slot = ref _rules.Slots[test];
        var holds = slot.Test is { } single ? single.Holds(e) : Run(slot.Program!, e);
        _answers[test] = (_round << 1) | (holds ? 1L : 0L);
        return holds;
    }
}
