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
    private const long Longest = 1_000_000; // nanoseconds that the sensor's thread kills what is beneath one that a rule fired on
    private const long LongestASecond = 20_000_000; // of each second
    private const string Many = "it makes processes faster than they can be killed";

    private readonly ResponseBounds _bounds;
    private readonly KillQueue _asked;
    private readonly KillSweep _sweep;
    private ShareOfSecond _time;

    /// <param name="processes">The processes that are known.</param>
    /// <param name="bounds">How often something may be done.</param>
    internal ResponseDesk(ProcessTable processes, ResponseBounds bounds)
    {
        _bounds = bounds;
        _asked = new KillQueue((container, process) => Killer!(container, process), (container, why) => EndAndTell(container, why), TimeProvider.System);
        _sweep = new KillSweep(container => EndAndTell(container, Many));
        processes.BornCondemned = KillBorn;
    }

    /// <summary>Does what takes longer; set by who can. Returns at once.</summary>
    internal Action<AskedResponse>? Asked { get; set; }

    /// <summary>Has a process of a sandbox killed by its kernel; set by who can. Null: it is gone, or else why not.</summary>
    internal Func<SensedContainer, int, Task<string?>>? Killer { get; set; }

    /// <summary>Told of a container that was killed as a whole where processes of it were to be, and why; on any thread.</summary>
    internal Action<SensedContainer, string>? Ended { get; set; }

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
    /// <returns>The outcome, see <see cref="Outcomes"/>.</returns>
    internal string Act(ResponseAction action, Rule rule, ProcessEntry entry, bool isDryRun, bool wasDenied) =>
        entry.IsKilled && action is ResponseAction.Kill or ResponseAction.Deny && !wasDenied
            ? entry.Container.HasOwnKernel && !entry.Container.IsCondemned ? Outcomes.AskedAlready : Outcomes.Gone
            : Act(action, rule.Name, entry.Container, () => wasDenied ? "denied by the kernel" : entry.Container.HasOwnKernel ? AskToKill(entry) : KillTree(entry), isDryRun);

    /// <summary>Acts on the word of somebody else.</summary>
    /// <param name="action">What is to be done.</param>
    /// <param name="rule">Name of the rule that fired.</param>
    /// <param name="container">Where.</param>
    /// <param name="kill">Kills the process, where that is to be done; gives the outcome.</param>
    /// <param name="isDryRun">Only tell.</param>
    /// <returns>The outcome, see <see cref="Outcomes"/>.</returns>
    internal string Act(ResponseAction action, string rule, SensedContainer container, Func<string> kill, bool isDryRun)
    {
        if (action == ResponseAction.Alert)
        {
            return "told";
        }

        var isKill = action is ResponseAction.Kill or ResponseAction.Deny or ResponseAction.KillContainer;
        if (isKill && container.IsCondemned)
        {
            return Outcomes.Gone;
        }

        if (_bounds.Refusal(rule, container, isDryRun, isKill ? null : Response.NameOf(action)) is { } refusal)
        {
            return refusal;
        }

        try
        {
            return action switch
            {
                ResponseAction.Kill => kill(),
                ResponseAction.Deny => kill() is var outcome and not Outcomes.Done ? outcome : Outcomes.NotDenied,
                ResponseAction.KillContainer => container.End() ? Outcomes.Done : Outcomes.Gone,
                _ => Ask(new AskedResponse(action, container, rule)),
            };
        }
        catch (LinuxException error)
        {
            return "failed: " + error.Message;
        }
    }

    /// <summary>What follows beside the action on an alert that is to be told for it.</summary>
    internal ResponseExtras Due(ResponseExtras extras, string rule, SensedContainer container, in Response response, bool isDryRun) => _bounds.Due(rule, container, isDryRun, extras, response);

    /// <summary>Does what follows beside the action, now that there is an alert.</summary>
    internal void More(ResponseExtras due, Alert alert)
    {
        if (due.Captures)
        {
            Captured?.Invoke(alert);
        }

        foreach (var hook in due.Hooks)
        {
            Hooked?.Invoke(hook, alert);
        }
    }

    /// <summary>Kills a process, and then all beneath it: what is more than there is time for is killed by another thread. What they start until then is told after this event.</summary>
    private string KillTree(ProcessEntry entry)
    {
        var killed = entry.Identity.Signal(Kill);
        entry.IsKilled = killed;
        _sweep.Begin();
        var until = KernelClock.Monotonic + Longest;
        var tree = ProcessTable.Condemn(entry);
        var next = 0;
        for (; next < tree.Count && TryKill(tree[next], until, ref killed); next++)
        {
        }

        _sweep.Add(entry.Container, tree[next..].ConvertAll(static one => one.Identity).ToArray());
        return killed || next < tree.Count ? Outcomes.Done : Outcomes.Gone;
    }

    private void KillBorn(ProcessEntry entry)
    {
        if (entry.Container.IsCondemned)
        {
            return;
        }

        if (entry.Container.HasOwnKernel)
        {
            entry.IsKilled = true;
            if (Killer is not null && _asked.Ask(entry.Container, [entry.Facts.Pid]) is null)
            {
                EndAndTell(entry.Container, Many);
            }

            return;
        }

        var killed = false;
        if (!TryKill(entry, long.MaxValue, ref killed))
        {
            _sweep.Add(entry.Container, [entry.Identity]);
        }
    }

    /// <summary>Kills a process now. False: there is no time for it, or it failed; another thread is to try.</summary>
    private bool TryKill(ProcessEntry entry, long until, ref bool killed)
    {
        var now = KernelClock.Monotonic;
        if (now >= until || !_time.HasLeft(LongestASecond, now))
        {
            return false;
        }

        try
        {
            entry.IsKilled = entry.Identity.Signal(Kill);
            killed |= entry.IsKilled;
            return true;
        }
        catch (LinuxException)
        {
            return false;
        }
        finally
        {
            _time.Spend(KernelClock.Monotonic - now);
        }
    }

    /// <summary>Only the kernel of a sandbox can kill a process of it, and asking takes longer than the sensor may wait.</summary>
    private string AskToKill(ProcessEntry entry)
    {
        if (Killer is null)
        {
            return "failed: nobody can do it";
        }

        entry.IsKilled = true;
        List<int> processes = [entry.Facts.Pid];
        foreach (var beneath in ProcessTable.Condemn(entry))
        {
            beneath.IsKilled = true;
            processes.Add(beneath.Facts.Pid);
        }

        return _asked.Ask(entry.Container, processes) ?? (EndAndTell(entry.Container, Many) ? Outcomes.ContainerKilled + Many : Outcomes.Gone);
    }

    private string Ask(AskedResponse asked)
    {
        if (Asked is not { } ask)
        {
            return "failed: nobody can do it";
        }

        ask(asked);
        return Outcomes.Asked;
    }

    private bool EndAndTell(SensedContainer container, string why)
    {
        try
        {
            if (container.End())
            {
                Ended?.Invoke(container, why);
                return true;
            }
        }
        catch (LinuxException error)
        {
            Ended?.Invoke(container, why + "; killing it failed: " + error.Message);
        }

        return false;
    }
}
