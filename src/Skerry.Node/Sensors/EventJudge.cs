using Skerry.Guard.Decisions;
using Skerry.Guard.Events;
using Skerry.Guard.Rules;
using Skerry.Linux;
using Skerry.Node.Sensors.Alerts;
using Skerry.Node.Sensors.Responses;

namespace Skerry.Node.Sensors;

/// <summary>Judges each event by the rules, does what follows, and hands on the alert, in this order. Belongs to the sensor's thread.</summary>
internal sealed class EventJudge(AlertDesk desk, ResponseDesk responses)
{
    /// <summary>Alerts of one rule that may follow on each other at once, and how many a second after that: a flood of alerts would cost events.</summary>
    private const int Burst = 500;
    private const long Interval = 20_000_000; // nanoseconds: 50 a second

    private readonly AlertMaker _maker = new();
    private readonly Dictionary<Rule, long> _next = [];
    private RuleEvaluator _evaluator = new(RuleSet.Empty);
    private ResponsePlan _plan = new(new Configuration.GuardOptions(), RuleSet.Empty);
    private long _suppressed;

    /// <summary>Alerts that were left out because their rule fired too often.</summary>
    internal long Suppressed => Interlocked.Read(ref _suppressed);

    /// <summary>Called with each event, on the sensor's thread: it must return soon and keep nothing of the event.</summary>
    internal event Action<KernelEvent>? Seen;

    /// <summary>Judges by other rules from now on.</summary>
    internal void Use(RuleSet rules, ResponsePlan plan)
    {
        (_evaluator, _plan) = (new RuleEvaluator(rules), plan);
        _next.Clear();
    }

    /// <summary>Judges one event.</summary>
    internal void Judge(KernelEvent e, ProcessEntry entry)
    {
        var fired = _evaluator.Judge(e);
        foreach (var rule in fired)
        {
            var judged = KernelClock.Realtime;
            var action = _plan.Of(rule);
            var outcome = responses.Act(action, rule, entry, _plan.IsDryRun);
            var done = action == ResponseAction.Alert ? judged : KernelClock.Realtime;
            if (action != ResponseAction.Alert || Admit(rule, judged))
            {
                desk.Take(_maker.Of(rule, e, entry.Container, new Response(action, outcome, e.Timestamp, judged, done)));
            }
        }

        Seen?.Invoke(e);
    }

    private bool Admit(Rule rule, long now)
    {
        var next = Math.Max(_next.GetValueOrDefault(rule), now - (Burst * Interval));
        if (next > now)
        {
            Interlocked.Increment(ref _suppressed);
            return false;
        }

        _next[rule] = next + Interval;
        return true;
    }
}
