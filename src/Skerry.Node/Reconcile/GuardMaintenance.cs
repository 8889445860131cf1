using System.Globalization;
using Skerry.Node.Audit;
using Skerry.Node.Pods;
using Skerry.Node.Sensors.Responses;

namespace Skerry.Node.Reconcile;

/// <summary>Begins and ends the maintenance of pods, keeps it over restarts of the daemon, and has the kernel follow.</summary>
internal sealed class GuardMaintenance : IAsyncDisposable
{
    /// <summary>The longest at a time: who needs longer says so again.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    private const string Key = "maintenance";

    private readonly NodeRooms _rooms;
    private readonly ITimer _timer;

    internal GuardMaintenance(NodeRooms rooms)
    {
        _rooms = rooms;
        _timer = rooms.Clock.CreateTimer(static self => _ = ((GuardMaintenance)self!).Expire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        rooms.Sensor.Maintenance.Read(rooms.Journal.ReadMeta(Key), rooms.BootId);
        Arm();
    }

    /// <summary>What is being maintained.</summary>
    internal IReadOnlyList<MaintenanceWindow> Open => _rooms.Sensor.Maintenance.Open;

    /// <summary>Begins.</summary>
    /// <exception cref="PodException">Length or reason are not allowed.</exception>
    internal async Task<MaintenanceWindow> Begin(PodState pod, TimeSpan length, string reason)
    {
        if (length <= TimeSpan.Zero || length > Longest)
        {
            throw PodException.Invalid($"{length} is no length for a maintenance", $"from a second to {Longest.TotalHours:0} hours");
        }

        if (string.IsNullOrWhiteSpace(reason))
        {
            throw PodException.Invalid("a maintenance needs a reason", "it is written to the audit log");
        }

        var actor = Asker.Now;
        var window = _rooms.Sensor.Maintenance.Begin(pod.Id, pod.Name, length, reason, actor.TryGetValue("uid", out var uid) ? $"uid {uid}" : string.Empty);
        await Changed(pod.Id).ConfigureAwait(false);
        _rooms.Events.Tell("guard.maintenance.start", pod, null, ("reason", reason), ("seconds", length.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)));
        return window;
    }

    /// <summary>Ends before its time.</summary>
    /// <exception cref="PodException">There is none.</exception>
    internal async Task End(PodState pod)
    {
        if (_rooms.Sensor.Maintenance.End(pod.Id) is null)
        {
            throw PodException.State($"pod {pod.Name} is not being maintained");
        }

        await Changed(pod.Id).ConfigureAwait(false);
        _rooms.Events.Tell("guard.maintenance.stop", pod, null, ("by", "request"));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private async Task Expire()
    {
        foreach (var window in _rooms.Sensor.Maintenance.Over)
        {
            try
            {
                _rooms.Sensor.Maintenance.End(window.PodId);
                await Changed(window.PodId).ConfigureAwait(false);
                if (_rooms.Index.All.FirstOrDefault(p => p.Id == window.PodId) is { } pod)
                {
                    _rooms.Events.Tell("guard.maintenance.stop", pod, null, ("by", "time"));
                }
            }
            catch (Exception error)
            {
                // Nobody waits for this: the other windows end all the same, and that the kernel did not take its part again is told.
                _rooms.Log.ReconcileFailed(window.Pod, error);
                _rooms.Sensor.Tell("Response failed", $"the maintenance of pod {window.Pod} is over, and what the kernel does for it could not be put back: {error.Message}");
            }
        }

        Arm();
    }

    private async Task Changed(string podId)
    {
        _rooms.Sensor.HoldAgain(podId);
        Arm();
        await _rooms.Journal.PutMeta(Key, _rooms.Sensor.Maintenance.Write(_rooms.BootId)).ConfigureAwait(false);
    }

    /// <summary>Looks again when the first is over. That nothing is done earlier than that does not hang on this timer.</summary>
    private void Arm()
    {
        var first = Open is [var next, ..] ? next.Left + TimeSpan.FromMilliseconds(1) : _rooms.Sensor.Maintenance.Over.Count > 0 ? TimeSpan.Zero : Timeout.InfiniteTimeSpan;
        _timer.Change(first, Timeout.InfiniteTimeSpan);
    }
}
