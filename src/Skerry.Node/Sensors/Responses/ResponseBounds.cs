using Skerry.Guard.Alerts;
using Skerry.Linux;

namespace Skerry.Node.Sensors.Responses;

/// <summary>How often what follows on alerts may be done: not in maintenance, so many times a minute for a rule, and the same in a container once in a while.</summary>
/// <remarks>By the names of rules, so that it holds over a reload and for rules that are not of this node. Safe for several threads.</remarks>
/// <param name="maintenance">Pods in which responses are only told.</param>
/// <param name="cooldown">How long the same rule asks nothing more of the same container; a second at least, for what is asked for takes others' time.</param>
/// <param name="aMinute">Responses of one rule in a minute; 0: no limit.</param>
internal sealed class ResponseBounds(MaintenanceBook maintenance, TimeSpan cooldown, long aMinute)
{
    private const int Most = 4096; // beyond this what is over is forgotten
    private const long Second = 1_000_000_000;
    private const long Minute = 60 * Second;

    private readonly long _cooldown = Math.Max(Second, cooldown.Ticks * 100);
    private readonly Lock _gate = new(); // guards both below
    private readonly Dictionary<(string Rule, uint Container, string What), long> _asked = [];
    private readonly Dictionary<string, long> _next = new(StringComparer.Ordinal);

    /// <summary>Why nothing is done; null where something is to be, and then it counts.</summary>
    /// <param name="rule">Name of the rule.</param>
    /// <param name="container">Where.</param>
    /// <param name="isDryRun">Only tell.</param>
    /// <param name="what">What is asked for once in a while; null for what is done each time.</param>
    internal string? Refusal(string rule, SensedContainer container, bool isDryRun, string? what = null)
    {
        if (isDryRun || maintenance.Covers(container.PodId))
        {
            return isDryRun ? "dry-run" : "maintenance";
        }

        lock (_gate)
        {
            var now = KernelClock.Monotonic;
            if (what is not null && IsCooling((rule, container.Number, what), now))
            {
                return Outcomes.Cooling;
            }

            if (IsOver(rule, now))
            {
                return Outcomes.Limited;
            }

            if (what is not null)
            {
                Note((rule, container.Number, what), now);
            }

            return null;
        }
    }

    /// <summary>Whether what follows beside an action follows now; then it counts.</summary>
    /// <param name="rule">Name of the rule.</param>
    /// <param name="container">Where.</param>
    /// <param name="isDryRun">Only tell.</param>
    /// <param name="extras">What may follow.</param>
    /// <param name="response">What followed already. What is limited is so with all that is beside it.</param>
    internal ResponseExtras Due(string rule, SensedContainer container, bool isDryRun, ResponseExtras extras, in Response response)
    {
        if (extras == ResponseExtras.None || isDryRun || response.Outcome == Outcomes.Limited || maintenance.Covers(container.PodId))
        {
            return ResponseExtras.None;
        }

        lock (_gate)
        {
            var now = KernelClock.Monotonic;
            var captures = extras.Captures && TryNote((rule, container.Number, AnswerWords.Capture), now);
            string[] hooks = [.. extras.Hooks.Where(hook => TryNote((rule, container.Number, hook), now))];
            return (captures || hooks.Length > 0) && !(response.Action == ResponseAction.Alert && IsOver(rule, now)) ? new ResponseExtras(captures, hooks) : ResponseExtras.None;
        }
    }

    private bool TryNote((string Rule, uint Container, string What) key, long now)
    {
        if (IsCooling(key, now))
        {
            return false;
        }

        Note(key, now);
        return true;
    }

    private bool IsCooling((string Rule, uint Container, string What) key, long now) => _asked.TryGetValue(key, out var last) && now - last < _cooldown;

    private void Note((string Rule, uint Container, string What) key, long now)
    {
        if (_asked.Count > Most)
        {
            foreach (var (old, _) in _asked.Where(asked => now - asked.Value >= _cooldown).ToList())
            {
                _asked.Remove(old);
            }
        }

        _asked[key] = now;
    }

    private bool IsOver(string rule, long now)
    {
        if (aMinute == 0)
        {
            return false;
        }

        // A bucket that fills at a steady rate and holds a minute's worth.
        var next = Math.Max(_next.GetValueOrDefault(rule), now - Minute + (Minute / aMinute));
        if (next > now)
        {
            return true;
        }

        if (_next.Count > Most)
        {
            _next.Clear();
        }

        _next[rule] = next + (Minute / aMinute);
        return false;
    }
}
