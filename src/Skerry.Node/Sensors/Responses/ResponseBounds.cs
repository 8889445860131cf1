using Skerry.Linux;

namespace Skerry.Node.Sensors.Responses;

/// <summary>How often what follows on alerts may be done: not in maintenance, so many times a minute for a rule, and the same in a container once in a while.</summary>
/// <remarks>By the names of rules, so that it holds over a reload and for rules that are not of this node. Safe for several threads.</remarks>
/// <param name="maintenance">Pods in which responses are only told.</param>
/// <param name="cooldown">How long the same rule asks nothing more of the same container.</param>
/// <param name="aMinute">Responses of one rule in a minute; 0: no limit.</param>
internal sealed class ResponseBounds(MaintenanceBook maintenance, TimeSpan cooldown, long aMinute)
{
    private const int Most = 4096; // beyond this all is forgotten
    private const long Minute = 60_000_000_000;

    private readonly Lock _gate = new(); // guards both below
    private readonly Dictionary<(string Rule, uint Container, string What), long> _asked = [];
    private readonly Dictionary<string, long> _next = new(StringComparer.Ordinal);

    /// <summary>Why nothing is done; null where something may be.</summary>
    internal string? Refusal(string rule, SensedContainer container, bool isDryRun) =>
        isDryRun ? "dry-run" : maintenance.Covers(container.PodId) ? "maintenance" : IsOver(rule) ? "limited" : null;

    /// <summary>Whether responses are only told in a container.</summary>
    internal bool IsOnlyTold(SensedContainer container, bool isDryRun) => isDryRun || maintenance.Covers(container.PodId);

    /// <summary>Whether the same was asked of the container a short while ago; from now on it was.</summary>
    internal bool IsCooling(string rule, SensedContainer container, string what)
    {
        lock (_gate)
        {
            var now = KernelClock.Monotonic;
            if (_asked.TryGetValue((rule, container.Number, what), out var last) && now - last < cooldown.Ticks * 100)
            {
                return true;
            }

            if (_asked.Count > Most)
            {
                _asked.Clear();
            }

            _asked[(rule, container.Number, what)] = now;
            return false;
        }
    }

    private bool IsOver(string rule)
    {
        if (aMinute == 0)
        {
            return false;
        }

        lock (_gate)
        {
            // A bucket that fills at a steady rate and holds a minute's worth.
            var now = KernelClock.Monotonic;
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
}
