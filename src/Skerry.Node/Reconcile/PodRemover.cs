using Skerry.Contracts.Journal.V1;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Node.Pods;

namespace Skerry.Node.Reconcile;

/// <summary>Removes pods and everything that was made for them.</summary>
internal sealed class PodRemover(NodeRooms rooms)
{
    /// <summary>Removes a pod on request.</summary>
    /// <exception cref="PodException">It runs and force was not given.</exception>
    internal async Task Remove(PodState pod, bool force)
    {
        await pod.Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (pod.IsGone)
            {
                return;
            }

            if (!force && pod.Containers.Find(static c => c.IsAlive) is { } alive)
            {
                throw PodException.State($"container {alive.View.Name} of pod {pod.Name} is running", $"stop it with 'skerry stop {pod.Name}', or remove it with 'skerry rm -f {pod.Name}'");
            }

            await Clean(pod).ConfigureAwait(false);
        }
        finally
        {
            pod.Gate.Release();
        }
    }

    /// <summary>
    /// Removes a pod. The caller holds its gate.
    /// <list type="number">
    /// <item>Mark it in the journal: a crash from here on ends in a removed pod.</item>
    /// <item>Kill and delete its containers, and what its tier made for it.</item>
    /// <item>Leave the network and let its namespaces go.</item>
    /// <item>Remove its files.</item>
    /// <item>Forget it: in the journal, durably; its user ids; its name.</item>
    /// </list>
    /// Every step can be done again.
    /// </summary>
    internal async Task Clean(PodState pod)
    {
        // 1. mark
        pod.Record.Desired = PodRecord.Types.Desired.Removed;
        await rooms.Keep(pod).ConfigureAwait(false);

        // 2. containers
        foreach (var container in pod.Containers)
        {
            container.Restart?.Cancel();
            if (container.IsAlive)
            {
                container.Process.Signal(9);
            }

            await rooms.IsolatorOf(pod).Delete(container.Id, rooms.Paths.Bundle(container.Id)).ConfigureAwait(false);
            rooms.Sensor.Unwatch(container.Id);
            rooms.Drift.Unwatch(container.Id);
            container.MonitorChild?.Dispose();
            container.MonitorChild = null;
            await rooms.RemoveCgroups(pod.Id, container.Id).ConfigureAwait(false);
        }

        await rooms.TierOf(pod).End(rooms.Tell(pod)).ConfigureAwait(false);

        // 3. network
        await rooms.Networking.Leave(pod).ConfigureAwait(false);

        // 4. files
        foreach (var container in pod.Containers)
        {
            RemoveTree(rooms.Paths.Writable(container.Id));
        }

        RemoveTree(rooms.Paths.Pod(pod.Id));
        await rooms.RemoveCgroups(pod.Id, null).ConfigureAwait(false);

        // 5. forget
        await rooms.Journal.DeletePod(pod.Id, PodChange.IsDurable(pod)).ConfigureAwait(false);
        pod.IsGone = true;
        rooms.Index.Remove(pod);
        if (pod.Record.IdSlot >= 0)
        {
            rooms.Ranges.Return(pod.Record.IdSlot);
        }

        rooms.Events.Tell("pod.remove", pod, null);
        foreach (var container in pod.Containers)
        {
            if (!container.Ended.IsCompleted && container.View.State is not (Contracts.Node.V1.ContainerState.Exited or Contracts.Node.V1.ContainerState.Failed))
            {
                container.End(new Contracts.Node.V1.Exit { Code = 137, Reason = "removed" });
            }
        }
    }

    private static void RemoveTree(string path)
    {
        var parent = Path.GetDirectoryName(path)!;
        if (Directory.Exists(parent))
        {
            using var opened = LinuxFile.OpenPath(parent, LinuxFile.DirectoryOnly);
            TreeRemoval.Remove(opened, Path.GetFileName(path));
        }
    }
}
