using System.Globalization;
using Skerry.Node.Network;
using Skerry.Node.Pods;
using Skerry.Node.Sensors;
using Skerry.Node.Sensors.Responses;

namespace Skerry.Node.Reconcile;

/// <summary>Does for the sensor what takes longer than it may wait: freezes, cuts off and restarts.</summary>
internal sealed class GuardAnswers(NodeRooms rooms, PodStopper stopper, PodQuarantine quarantine)
{
    private const int Kill = 9; // SIGKILL

    /// <summary>Begins, and returns at once.</summary>
    internal void Ask(AskedResponse asked) => _ = Task.Run(async () =>
    {
        try
        {
            await Do(asked).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            rooms.Log.ResponseFailed(Response.NameOf(asked.Action), asked.Container.Id, asked.Rule, error.Message);
            rooms.Sensor.Tell("Response failed", $"{Response.NameOf(asked.Action)} of container {asked.Container.Facts.Name} by rule {asked.Rule}: {error.Message}");
        }
    });

    private async Task Do(AskedResponse asked)
    {
        var (pod, container) = rooms.Index.FindContainer(asked.Container.Id);
        switch (asked.Action)
        {
            case ResponseAction.Pause:
                await stopper.Freeze(pod, container, frozen: true).ConfigureAwait(false);
                break;
            case ResponseAction.Quarantine:
                await quarantine.Begin(pod, $"rule {asked.Rule}").ConfigureAwait(false);
                break;
            case ResponseAction.Restart:
                await Restart(pod, container).ConfigureAwait(false);
                break;
        }
    }

    /// <summary>Kills a process of a sandbox by its own kernel.</summary>
    /// <returns>Null: it is gone, or has been; else why not.</returns>
    internal async Task<string?> KillInside(SensedContainer container, int process)
    {
        const string Gone = "no such process";
        try
        {
            var (pod, _) = rooms.Index.FindContainer(container.Id);
            await rooms.IsolatorOf(pod).Ask(container.Id, ["kill", "--pid", process.ToString(CultureInfo.InvariantCulture), container.Id, "9"]).ConfigureAwait(false);
            return null;
        }
        catch (Exception error)
        {
            return error.Message.Contains(Gone, StringComparison.OrdinalIgnoreCase) || !container.First.IsAlive() ? null : error.Message;
        }
    }

    /// <summary>Ends a container; the exit desk starts it again as it would any other, also that of another daemon: it is in the journal before the container ends.</summary>
    private async Task Restart(PodState pod, PodContainer container)
    {
        await pod.Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (pod.IsGone)
            {
                return;
            }

            container.Record.RestartAsked = container.IsAlive;
            await rooms.Keep(pod, container).ConfigureAwait(false);
            rooms.Events.Tell("container.restart", pod, container);
            await rooms.Signal(pod, container, Kill).ConfigureAwait(false);
            await stopper.ThawKilled(pod, container).ConfigureAwait(false);
        }
        finally
        {
            pod.Gate.Release();
        }
    }
}
