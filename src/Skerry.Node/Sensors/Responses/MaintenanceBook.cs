using System.Collections.Immutable;
using System.Globalization;
using Skerry.Linux;

namespace Skerry.Node.Sensors.Responses;

/// <summary>
/// Pods that are being maintained: in them responses are only told. Each ends by itself, by a clock that nobody can set and that goes on while the
/// machine sleeps; a reboot ends all.
/// </summary>
/// <remarks>Any thread may ask; one changes at a time.</remarks>
internal sealed class MaintenanceBook
{
    private const int Fields = 5;

    private ImmutableDictionary<string, MaintenanceWindow> _windows = ImmutableDictionary<string, MaintenanceWindow>.Empty;

    /// <summary>Those that are not over.</summary>
    internal IReadOnlyList<MaintenanceWindow> Open => [.. _windows.Values.Where(static w => w.Until > KernelClock.Boot).OrderBy(static w => w.Until)];

    /// <summary>Those that are over and were not taken out yet.</summary>
    internal IReadOnlyList<MaintenanceWindow> Over => [.. _windows.Values.Where(static w => w.Until <= KernelClock.Boot)];

    /// <summary>Whether a pod is being maintained now.</summary>
    internal bool Covers(string podId) => _windows.TryGetValue(podId, out var window) && window.Until > KernelClock.Boot;

    /// <summary>Begins one, or another in its place.</summary>
    internal MaintenanceWindow Begin(string podId, string pod, TimeSpan length, string reason, string who)
    {
        var window = new MaintenanceWindow(podId, pod, KernelClock.Boot + (length.Ticks * 100), reason, who);
        _windows = _windows.SetItem(podId, window);
        return window;
    }

    /// <summary>Ends one; null where there is none.</summary>
    internal MaintenanceWindow? End(string podId)
    {
        var window = _windows.GetValueOrDefault(podId);
        _windows = _windows.Remove(podId);
        return window;
    }

    /// <summary>All of it as a text, for the journal.</summary>
    /// <param name="bootId">This boot of the machine.</param>
    internal string Write(string bootId) =>
        bootId + "\n" + string.Concat(_windows.Values.Select(static w => string.Create(CultureInfo.InvariantCulture, $"{w.PodId}\t{w.Until}\t{Flat(w.Pod)}\t{Flat(w.Who)}\t{Flat(w.Reason)}\n")));

    /// <summary>Reads what an earlier daemon wrote; what is of another boot is over.</summary>
    internal void Read(string? text, string bootId)
    {
        var lines = (text ?? string.Empty).Split('\n');
        if (lines[0] != bootId)
        {
            return;
        }

        foreach (var fields in lines.Skip(1).Select(static line => line.Split('\t')).Where(static f => f.Length == Fields))
        {
            if (long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var until))
            {
                _windows = _windows.SetItem(fields[0], new MaintenanceWindow(fields[0], fields[2], until, fields[4], fields[3]));
            }
        }
    }

    private static string Flat(string text) => string.Concat(text.Select(static c => char.IsControl(c) ? ' ' : c));
}
