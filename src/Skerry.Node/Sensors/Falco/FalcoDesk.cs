using Skerry.Guard.Alerts;
using Skerry.Linux;
using Skerry.Linux.Processes;
using Skerry.Node.Configuration;
using Skerry.Node.Sensors.Alerts;
using Skerry.Node.Sensors.Responses;

namespace Skerry.Node.Sensors.Falco;

/// <summary>Makes alerts of this node of what Falco tells, and does what follows on its rules here, where it is of a container of this node.</summary>
/// <remarks>
/// Falco's word is late by what it takes to post it. A process is killed only where it is still there, is in the container's pid namespace, and began before the
/// alert.
/// </remarks>
internal sealed class FalcoDesk(GuardOptions options, Sensor sensor) : IDisposable
{
    private const int Kill = 9; // SIGKILL
    private const int LeastId = 12; // characters of an id that Falco tells

    private FalcoDoor? _door;
    private long _taken;

    /// <summary>Whether somebody listens.</summary>
    internal bool IsOpen => _door is not null;

    /// <summary>Alerts that were taken.</summary>
    internal long Taken => Interlocked.Read(ref _taken);

    /// <summary>Requests that were no alert.</summary>
    internal long Refused => _door?.Refused ?? 0;

    /// <summary>Begins to listen, where that is configured.</summary>
    /// <exception cref="ConfigurationException">The address cannot be listened on.</exception>
    internal void Open() => _door = options.Falco is { } address ? new FalcoDoor(address, Take) : null;

    /// <inheritdoc/>
    public void Dispose() => _door?.Dispose();

    private void Take(FalcoAlert told)
    {
        Interlocked.Increment(ref _taken);
        var now = KernelClock.Realtime;
        var container = Of(told);
        var (action, extras) = ResponsePlan.Of(options, told.Rule, told.Tags);
        var outcome = container is not null ? sensor.Responses.Act(action, told.Rule, container, () => KillProcess(told, container), options.DryRun)
            : action == ResponseAction.Alert ? "told" : "failed: it names no container of this node";
        var response = new Response(action, outcome, told.Time ?? now, now, action == ResponseAction.Alert ? now : KernelClock.Realtime);
        var due = container is null ? ResponseExtras.None : sensor.Responses.Due(extras, told.Rule, container, response, options.DryRun);
        if (sensor.Judge.Limit.Admit(told.Rule, container?.Number ?? 0, KernelClock.Monotonic, response.IsNew || due != ResponseExtras.None) || due != ResponseExtras.None)
        {
            var alert = AlertMaker.OfFalco(told, container is null ? null : AlertPlace.Of(container), response);
            sensor.Alerts.Take(alert);
            sensor.Responses.More(due, alert);
        }
    }

    /// <summary>The container, by its id as Falco has it, or by the process.</summary>
    private SensedContainer? Of(FalcoAlert told)
    {
        if (told.ContainerId is { Length: >= LeastId } id && sensor.Watched.Where(c => c.Id.StartsWith(id, StringComparison.Ordinal)).ToArray() is [var named])
        {
            return named;
        }

        return told.Pid is { } pid && PidNamespace.Of(pid) is { } inode ? sensor.Watched.FirstOrDefault(c => c.PidNamespace == inode && c.EndedAt is null) : null;
    }

    private static string KillProcess(FalcoAlert told, SensedContainer container)
    {
        if (told.Pid is not { } pid)
        {
            return "failed: the alert has no proc.pid (append_output adds it)";
        }

        // Its identity first: what is looked at then is of exactly this process, or it is not hit.
        if (ProcessIdentity.Of(pid) is not { } process)
        {
            return "gone";
        }

        return PidNamespace.Of(pid) != container.PidNamespace || StartOf(process) > (told.Time ?? KernelClock.Realtime) ? "gone" : process.Signal(Kill) ? "done" : "gone";
    }

    /// <summary>When a process began, nanoseconds since 1970, to a clock tick of 10 ms before.</summary>
    private static long StartOf(ProcessIdentity process) => KernelClock.Realtime - KernelClock.Boot + ((long)process.Start * 10_000_000);
}
