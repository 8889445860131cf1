using Skerry.Guard.Events;
using Skerry.Guard.Rules;
using Skerry.Linux;
using Skerry.Linux.Bpf;
using Skerry.Node.Sensors.Alerts;
using Skerry.Node.Sensors.Responses;
using Skerry.Node.Sensors.Rules;
using Skerry.Node.Sensors.Standing;

namespace Skerry.Node.Sensors;

/// <summary>What the kernel does by itself, and what is told of it.</summary>
internal sealed partial class Sensor
{
    private void Hold(SensedContainer container)
    {
        _programs?.Watch(container.PidNamespace, InKernel(container));
        Warden.Bind(container, Maintenance.Covers(container.PodId));
    }

    /// <summary>Maintenance of a pod begins or is over: what the kernel does in it changes.</summary>
    internal void HoldAgain(string podId)
    {
        lock (_gate)
        {
            foreach (var container in _watched.Values.Where(c => !c.HasOwnKernel && c.PodId == podId && c.First.IsAlive()))
            {
                Hold(container);
            }
        }
    }

    private WatchedContainer InKernel(SensedContainer container) => new()
    {
        Container = container.Number,
        Flags = (_plan.Wakes(EventTypes.Get("execve")) || _plan.Wakes(EventTypes.Get("execveat")) ? StartFlags.Wakes : StartFlags.None)
            | (Maintenance.Covers(container.PodId) ? StartFlags.None : (StartFlags)_plan.Orders.For(container) & (StartFlags.KillsDrift | StartFlags.KillsNameless)),
    };

    /// <summary>The kernel denied something, just now.</summary>
    private void Answered(WardenAnswer answer, SensedContainer container)
    {
        // A rule that sees attempts has seen this one, and told it.
        if (answer.Kind != WardenAnswerKind.Forbidden || !Denials(answer).Any(static d => KernelRule.SeesAttempts(d.Means)))
        {
            Alerts.Take(AnswerTeller.Of(answer, AlertPlace.Of(container), DenyingRule(answer), _assembler.Processes.Known(answer.Process, container), wasAway: false));
        }
    }

    private IEnumerable<DenyRung> Denials(WardenAnswer answer) => _plan.Denials.Where(d => (StandingOrders.FlagsOf(d.Means) & answer.Cause) != BoundFlags.None);

    /// <summary>The rule that asked for a denial; null for none.</summary>
    private Rule? DenyingRule(WardenAnswer answer) => Denials(answer).FirstOrDefault() is { } rung ? _rules.Set.Rules.FirstOrDefault(r => r.Name == rung.Rule) : null;

    /// <summary>Tells of what the kernel did while nobody was there.</summary>
    /// <param name="placeOf">Finds the container that has a key of the warden; null where it is not known any more.</param>
    internal AwayReport TellAway(Func<ulong, AlertPlace?> placeOf)
    {
        var report = Warden.ReadAway();
        if (report.IsEmpty)
        {
            return report;
        }

        var tally = report.Tally;
        _log.AnsweredWhileAway(tally.Killed, tally.Denied);
        foreach (var answer in report.Answers)
        {
            Alerts.Take(AnswerTeller.Of(answer, placeOf(answer.Container) ?? new AlertPlace($"{answer.Container:x16}", string.Empty, string.Empty), DenyingRule(answer), null, wasAway: true));
        }

        Alerts.Take(AlertMaker.OfGuard(KernelClock.Realtime, Environment.MachineName, "Answered while away", Priority.Warning,
            FormattableString.Invariant($"while no skerryd was there the kernel killed {tally.Killed} programs and denied {tally.Denied} connections, starts and calls; {tally.Killed + tally.Denied - (ulong)report.Answers.Count} of that are not told one by one"),
            new Dictionary<string, long> { ["killed"] = (long)tally.Killed, ["denied"] = (long)tally.Denied, ["untold"] = (long)tally.Killed + (long)tally.Denied - report.Answers.Count }));
        return report;
    }

    /// <summary>Where nothing less will do than that the kernel denies: has it begin at once.</summary>
    /// <exception cref="RuleBookException">It cannot.</exception>
    internal void RequireDenials()
    {
        if (!_options.RefusesDeny || _plan.IsDryRun || !_plan.Denials.Any())
        {
            return;
        }

        if (!Warden.Use(_plan.Orders))
        {
            throw new RuleBookException($"what is to be denied cannot be: {Warden.Reason}; or set deny_fallback = \"kill\" under [guard]");
        }

        if (!Warden.DeniesNetworks && _plan.Denials.Any(static d => d.Means == KernelMeans.Networks))
        {
            throw new RuleBookException("connections are to be denied and cannot be: this machine has no v2 control groups; or set deny_fallback = \"kill\" under [guard]");
        }

        if (_plan.Denials.FirstOrDefault(d => d.Means > KernelMeans.Nameless && !Warden.Refuses(StandingOrders.FlagsOf(d.Means))) is { } rung)
        {
            throw new RuleBookException($"the rule \"{rung.Rule}\" is to be denied and cannot be: {Warden.WhyNoRefusals}; give it another response, or set deny_fallback = \"kill\" under [guard]");
        }
    }

    /// <summary>All containers that there were at the start are watched now, or are not to be.</summary>
    internal void Settle(IReadOnlySet<string> pods) => Warden.Settle(_watched.Values.Where(static c => !c.HasOwnKernel).Select(static c => c.PidNamespace).ToHashSet(), pods);
}
