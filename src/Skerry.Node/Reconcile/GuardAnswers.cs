using Skerry.Linux;
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
        catch (Exception error) when (error is PodException or IOException or NetworkException)
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

    /// <summary>Ends a container; the exit desk starts it again as it would any other.</summary>
    private async Task Restart(PodState pod, PodContainer container)
    {
        await pod.Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            container.IsRestartAsked = container.IsAlive;
            rooms.Events.Tell("container.restart", pod, container);
            await rooms.Signal(pod, container, Kill).ConfigureAwait(false);
        }
        finally
        {
            pod.Gate.Release();
        }
    }
}
