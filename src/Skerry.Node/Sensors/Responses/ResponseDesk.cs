using Skerry.Guard.Rules;
using Skerry.Linux;
using Skerry.Linux.Processes;
using Skerry.Node.Sensors.Alerts;

namespace Skerry.Node.Sensors.Responses;

/// <summary>Does what follows on an alert, on the sensor's thread and before the alert is written: a process that is to die dies first.</summary>
/// <remarks>A process is killed through a descriptor that was opened before its start was compared, so that no other with its number can be hit.</remarks>
/// <param name="processes">The processes that are known.</param>
/// <param name="maintenance">Pods in which responses are only told.</param>
/// <param name="cooldown">How long the same rule asks nothing more of the same container.</param>
/// <param name="aMinute">Responses of one rule in a minute; 0: no limit.</param>
internal sealed class ResponseDesk(ProcessTable processes, MaintenanceBook maintenance, TimeSpan cooldown, long aMinute)
{
    private const int Kill = 9; // SIGKILL
    private const int MostCooling = 4096;
    private const long Minute = 60_000_000_000;

    private readonly Dictionary<(Rule Rule, uint Container, string What), long> _asked = [];
    private readonly Dictionary<Rule, long> _next = [];

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
    /// <returns>The outcome, see <see cref="Response.Outcome"/>.</returns>
    internal string Act(ResponseAction action, Rule rule, ProcessEntry entry, bool isDryRun)
    {
        if (action == ResponseAction.Alert)
        {
            return "told";
        }

        if (Refusal(rule, entry.Container, isDryRun) is { } refusal)
        {
            return refusal;
        }

        try
        {
            return action switch
            {
                ResponseAction.Kill => KillTree(entry),
                ResponseAction.Deny => KillTree(entry) is "done" ? "not denied, killed" : "gone",
                ResponseAction.KillContainer => entry.Container.First.Signal(Kill) ? "done" : "gone",
                _ => Ask(action, rule, entry.Container),
            };
        }
        catch (LinuxException error)
        {
            return "failed: " + error.Message;
        }
    }

    /// <summary>Does what follows beside the action, now that there is an alert.</summary>
    internal void More(ResponseExtras extras, Rule rule, SensedContainer container, Alert alert, bool isDryRun)
    {
        if (isDryRun || maintenance.Covers(container.PodId))
        {
            return;
        }

        if (extras.Captures && !IsCooling(rule, container, Configuration.GuardConfiguration.Capture))
        {
            Captured?.Invoke(alert);
        }

        foreach (var hook in extras.Hooks.Where(hook => !IsCooling(rule, container, hook)))
        {
            Hooked?.Invoke(hook, alert);
        }
    }

    /// <summary>Why nothing is done; null where something is.</summary>
    private string? Refusal(Rule rule, SensedContainer container, bool isDryRun) =>
        isDryRun ? "dry-run" : maintenance.Covers(container.PodId) ? "maintenance" : IsOver(rule) ? "limited" : null;

    private bool IsOver(Rule rule)
    {
        if (aMinute == 0)
        {
            return false;
        }

        // A bucket that fills at a steady rate and holds a minute's worth.
        var now = KernelClock.Monotonic;
        var next = Math.Max(_next.GetValueOrDefault(rule), now - Minute + (Minute / aMinute));
        if (next > now)
        {
            return true;
        }

        _next[rule] = next + (Minute / aMinute);
        return false;
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

    private string Ask(ResponseAction action, Rule rule, SensedContainer container)
    {
        if (IsCooling(rule, container, Response.NameOf(action)))
        {
            return "cooling";
        }

        if (Asked is not { } ask)
        {
            return "failed: nobody can do it";
        }

        ask(new AskedResponse(action, container, rule.Name));
        return "asked";
    }

    private bool IsCooling(Rule rule, SensedContainer container, string what)
    {
        var now = KernelClock.Monotonic;
        if (_asked.TryGetValue((rule, container.Number, what), out var last) && now - last < cooldown.Ticks * 100)
        {
            return true;
        }

        if (_asked.Count > MostCooling)
        {
            _asked.Clear();
        }

        _asked[(rule, container.Number, what)] = now;
        return false;
    }
}
