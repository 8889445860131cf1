using Skerry.Guard.Rules;
using Skerry.Linux;
using Skerry.Linux.Processes;

namespace Skerry.Node.Sensors.Responses;

/// <summary>Does what follows on an alert, on the sensor's thread and before the alert is written: a process that is to die dies first.</summary>
/// <remarks>A process is killed through a descriptor that was opened before its start was compared, so that no other with its number can be hit.</remarks>
internal sealed class ResponseDesk(ProcessTable processes, TimeSpan cooldown)
{
    private const int Kill = 9; // SIGKILL
    private const int MostCooling = 4096;

    private readonly Dictionary<(Rule Rule, uint Container), long> _paused = [];

    /// <summary>Freezes a container; set by who can. Returns at once.</summary>
    internal Action<SensedContainer, string>? Pause { get; set; }

    /// <summary>Acts.</summary>
    /// <param name="action">What is to be done.</param>
    /// <param name="rule">The rule that fired.</param>
    /// <param name="entry">The process it fired on.</param>
    /// <param name="isDryRun">Only tell.</param>
    /// <returns>The outcome, see <see cref="Response.Outcome"/>.</returns>
    internal string Act(ResponseAction action, Rule rule, ProcessEntry entry, bool isDryRun)
    {
        if (action == ResponseAction.Alert)
        {
            return "told";
        }

        if (isDryRun)
        {
            return "dry-run";
        }

        try
        {
            return action switch
            {
                ResponseAction.Kill => KillTree(entry),
                ResponseAction.Deny => KillTree(entry) is "done" ? "not denied, killed" : "gone",
                ResponseAction.KillContainer => entry.Container.First.Signal(Kill) ? "done" : "gone",
                _ => Freeze(rule, entry.Container),
            };
        }
        catch (LinuxException error)
        {
            return "failed: " + error.Message;
        }
    }

    private string KillTree(ProcessEntry entry)
    {
        var killed = entry.Identity.Signal(Kill);
        foreach (var below in processes.Below(entry))
        {
            killed |= below.Identity.Signal(Kill);
        }

        return killed ? "done" : "gone";
    }

    private string Freeze(Rule rule, SensedContainer container)
    {
        var now = KernelClock.Monotonic;
        if (_paused.TryGetValue((rule, container.Number), out var last) && now - last < cooldown.Ticks * 100)
        {
            return "cooling";
        }

        if (_paused.Count > MostCooling)
        {
            _paused.Clear();
        }

        _paused[(rule, container.Number)] = now;
        if (Pause is not { } pause)
        {
            return "failed: nobody can pause it";
        }

        pause(container, rule.Name);
        return "asked";
    }
}
