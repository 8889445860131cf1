using Skerry.Guard.Alerts;
using Skerry.Guard.Rules;
using Skerry.Linux;
using Skerry.Linux.Processes;
using Skerry.Node.Sensors.Alerts;

namespace Skerry.Node.Sensors.Responses;

/// <summary>Does what follows on an alert, before the alert is written: a process that is to die dies first.</summary>
/// <remarks>
/// A process is killed through a descriptor that was opened before its start was compared, so that no other with its number can be hit. What takes a
/// process of the table belongs to the sensor's thread; the rest is safe for several.
/// </remarks>
internal sealed class ResponseDesk
{
    private const int Kill = 9; // SIGKILL
    private const string Born = "made by a process that was killed";

    private readonly ProcessTable _processes;
    private readonly ResponseBounds _bounds;

    /// <param name="processes">The processes that are known.</param>
    /// <param name="bounds">How often something may be done.</param>
    internal ResponseDesk(ProcessTable processes, ResponseBounds bounds)
    {
        (_processes, _bounds) = (processes, bounds);
        processes.BornCondemned = KillBorn;
    }

    /// <summary>Does what takes longer; set by who can. Returns at once.</summary>
    internal Action<AskedResponse>? Asked { get; set; }

    /// <summary>Keeps the events around an alert; set by who can. Returns at once.</summary>
    internal Action<Alert>? Captured { get; set; }

    /// <summary>Starts a hook; set by who can. Returns at once.</summary>
    internal Action<string, Alert>? Hooked { get; set; }

    /// <summary>Acts.</summary>
    /// <param name="action">What is to be done.</param>
    /// <param name="rule">The rule that fired.</param>
    /// <param name="entry">The process it fired on.</param>
    /// <param name="isDryRun">Only tell.</param>
    /// <param name="wasDenied">It failed, and the kernel has been told to deny it: there is nothing left to be done.</param>
    /// <returns>The outcome, see <see cref="Response.Outcome"/>.</returns>
    internal string Act(ResponseAction action, Rule rule, ProcessEntry entry, bool isDryRun, bool wasDenied) =>
        Act(action, rule.Name, entry.Container, () => wasDenied ? "denied by the kernel" : entry.Container.HasOwnKernel ? AskToKill(rule.Name, entry) : KillTree(entry), isDryRun);

    /// <summary>Acts on the word of somebody else.</summary>
    /// <param name="action">What is to be done.</param>
    /// <param name="rule">Name of the rule that fired.</param>
    /// <param name="container">Where.</param>
    /// <param name="kill">Kills the process, where that is to be done; gives the outcome.</param>
    /// <param name="isDryRun">Only tell.</param>
    /// <returns>The outcome, see <see cref="Response.Outcome"/>.</returns>
    internal string Act(ResponseAction action, string rule, SensedContainer container, Func<string> kill, bool isDryRun)
    {
        if (action == ResponseAction.Alert)
        {
            return "told";
        }

        if (_bounds.Refusal(rule, container, isDryRun) is { } refusal)
        {
            return refusal;
        }

        try
        {
            return action switch
            {
                ResponseAction.Kill => kill(),
                ResponseAction.Deny => kill() is var outcome and not "done" ? outcome : "not denied, killed",
                ResponseAction.KillContainer => container.First.Signal(Kill) ? "done" : "gone",
                _ => Ask(action, rule, container),
            };
        }
        catch (LinuxException error)
        {
            return "failed: " + error.Message;
        }
    }

    /// <summary>Does what follows beside the action, now that there is an alert.</summary>
    internal void More(ResponseExtras extras, SensedContainer container, Alert alert, bool isDryRun)
    {
        if (_bounds.IsOnlyTold(container, isDryRun))
        {
            return;
        }

        if (extras.Captures && !_bounds.IsCooling(alert.Rule, container, AnswerWords.Capture))
        {
            Captured?.Invoke(alert);
        }

        foreach (var hook in extras.Hooks.Where(hook => !_bounds.IsCooling(alert.Rule, container, hook)))
        {
            Hooked?.Invoke(hook, alert);
        }
    }

    private string KillTree(ProcessEntry entry)
    {
        // What it starts until then is told after this event.
        entry.IsCondemned = true;
        var killed = entry.Identity.Signal(Kill);
        foreach (var below in _processes.Below(entry))
        {
            below.IsCondemned = true;
            killed |= below.Identity.Signal(Kill);
        }

        return killed ? "done" : "gone";
    }

    private void KillBorn(ProcessEntry entry)
    {
        if (entry.Container.HasOwnKernel)
        {
            Ask(new AskedResponse(ResponseAction.Kill, entry.Container, Born, [entry.Facts.Pid]));
            return;
        }

        try
        {
            entry.Identity.Signal(Kill);
        }
        catch (LinuxException)
        {
            // The one that made it was told of; there is no alert of this one.
        }
    }

    /// <summary>Only the kernel of a sandbox can kill a process of it, and asking takes longer than the sensor may wait.</summary>
    private string AskToKill(string rule, ProcessEntry entry)
    {
        var below = _processes.Below(entry);
        entry.IsCondemned = true;
        foreach (var one in below)
        {
            one.IsCondemned = true;
        }

        return Ask(new AskedResponse(ResponseAction.Kill, entry.Container, rule, [entry.Facts.Pid, .. below.Select(static p => p.Facts.Pid)]));
    }

    private string Ask(ResponseAction action, string rule, SensedContainer container)
    {
        if (_bounds.IsCooling(rule, container, Response.NameOf(action)))
        {
            return "cooling";
        }

        return Ask(new AskedResponse(action, container, rule, []));
    }

    private string Ask(AskedResponse asked)
    {
        if (Asked is not { } ask)
        {
            return "failed: nobody can do it";
        }

        ask(asked);
        return "asked";
    }
}
