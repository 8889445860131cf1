using Skerry.Guard.Decisions;
using Skerry.Guard.Events;
using Skerry.Guard.Rules;
using Skerry.Linux;
using Skerry.Node.Sensors.Alerts;
using Skerry.Node.Sensors.Responses;
using Skerry.Node.Sensors.Standing;

namespace Skerry.Node.Sensors;

/// <summary>Judges each event by the rules, does what follows, and hands on the alert, in this order. Belongs to the sensor's thread.</summary>
internal sealed class EventJudge(AlertDesk desk, ResponseDesk responses)
{
    /// <summary>What is told of a program that the kernel's side killed, whatever the rules say.</summary>
    private const string KilledRule = $"""
        - rule: {AnswerTeller.KilledRule}
          desc: A program that is not of the image, or has no file, was killed before its first instruction.
          condition: evt.num > 0
          output: A program was killed before its first instruction | program=%proc.exepath command=%proc.cmdline parent=%proc.pname user=%user.name
          priority: CRITICAL
          tags: [container, process]
        """;

    private readonly AlertMaker _maker = new();
    private readonly Rule _killed = LoadKilled();
    private Response[] _responses = [];
    private RuleEvaluator _evaluator = new(RuleSet.Empty);
    private ResponsePlan _plan = new(new Configuration.GuardOptions(), RuleSet.Empty);

    /// <summary>How many alerts are told.</summary>
    internal AlertLimit Limit { get; } = new();

    /// <summary>Whether the kernel denies what a rule is about; set by who knows.</summary>
    internal Func<Rule, bool>? IsDenied { get; set; }

    /// <summary>Called with each event, on the sensor's thread: it must return soon and keep nothing of the event.</summary>
    internal event Action<KernelEvent>? Seen;

    /// <summary>Judges by other rules from now on.</summary>
    internal void Use(RuleSet rules, ResponsePlan plan)
    {
        (_evaluator, _plan) = (new RuleEvaluator(rules, plan.Answers), plan);
        _responses = new Response[rules.Rules.Count];
    }

    /// <summary>Judges one event.</summary>
    /// <param name="e">The event.</param>
    /// <param name="entry">The process that it is of.</param>
    /// <param name="wasKilled">The kernel's side has killed it already.</param>
    internal void Judge(KernelEvent e, ProcessEntry entry, bool wasKilled)
    {
        if (wasKilled && Limit.Admit(AnswerTeller.KilledRule, entry.Container.Number, KernelClock.Monotonic, isNew: true))
        {
            desk.Take(_maker.Of(_killed, e, entry.Container, new Response(ResponseAction.Kill, "done in the kernel", e.Timestamp, e.Timestamp, e.Timestamp)));
        }

        var fired = _evaluator.Judge(e);
        if (!fired.IsEmpty)
        {
            Answer(fired, e, entry, wasKilled);
        }

        for (var i = 0; i < fired.Length; i++)
        {
            var (rule, response) = (fired[i], _responses[i]);
            var due = responses.Due(_plan.MoreOf(rule), rule.Name, entry.Container, response, _plan.IsDryRun);
            if (Limit.Admit(rule.Name, entry.Container.Number, KernelClock.Monotonic, response.IsNew || due != ResponseExtras.None) || due != ResponseExtras.None)
            {
                var alert = _maker.Of(rule, e, entry.Container, response);
                desk.Take(alert);
                responses.More(due, alert);
            }
        }

        Seen?.Invoke(e);
    }

    /// <summary>Does what follows on the rules that fired, the strongest first, and each thing once.</summary>
    private void Answer(ReadOnlySpan<Rule> fired, KernelEvent e, ProcessEntry entry, bool wasKilled)
    {
        for (var action = ResponseAction.Deny; action >= ResponseAction.Alert; action--)
        {
            string? did = null;
            for (var i = 0; i < fired.Length; i++)
            {
                if (_plan.Of(fired[i]) == action)
                {
                    var judged = KernelClock.Realtime;
                    var outcome = did ?? Act(action, fired[i], e, entry, wasKilled);
                    _responses[i] = new Response(action, outcome, e.Timestamp, judged, action == ResponseAction.Alert ? judged : KernelClock.Realtime);
                    did ??= _responses[i].IsNew ? outcome : null;
                }
            }
        }
    }

    private string Act(ResponseAction action, Rule rule, KernelEvent e, ProcessEntry entry, bool wasKilled)
    {
        if (action == ResponseAction.Deny && wasKilled)
        {
            return "denied by the kernel";
        }

        var wasDenied = action == ResponseAction.Deny && e.Result < 0 && !entry.Container.HasOwnKernel && IsDenied?.Invoke(rule) == true;
        return responses.Act(action, rule, entry, _plan.IsDryRun, wasDenied);
    }

    private static Rule LoadKilled()
    {
        var loader = new RuleLoader();
        loader.Load("built in", KilledRule);
        return loader.Rules[0];
    }
}
