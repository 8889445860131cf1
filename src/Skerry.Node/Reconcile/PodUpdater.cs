using Skerry.Contracts.Node.V1;
using Skerry.Linux;
using Skerry.Node.Isolation;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Pods;

namespace Skerry.Node.Reconcile;

/// <summary>Changes the limits of a container, for now and for every later start.</summary>
internal sealed class PodUpdater(NodeRooms rooms, CgroupLayout layout)
{
    /// <summary>
    /// Changes limits; fields that are 0 stay as they are.
    /// <list type="number">
    /// <item>Join them with those of the spec, and check.</item>
    /// <item>Put them in force, when the container runs; what was put in force is taken back when the kernel refuses one.</item>
    /// <item>Write the spec to the journal, durably: a restart, also of the machine, keeps them.</item>
    /// </list>
    /// A crash between 2 and 3 leaves limits in force that nobody was promised; the next start has the old ones.
    /// </summary>
    /// <exception cref="PodException">A limit is not possible.</exception>
    internal async Task Update(PodState pod, PodContainer container, Resources? asked)
    {
        if (asked is null || asked.CalculateSize() == 0)
        {
            throw PodException.Invalid("resources: nothing is to be changed", "name a limit: memory, cpu, pids");
        }

        await pod.Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (pod.IsGone)
            {
                throw PodException.NotFound($"pod {pod.Name} has been removed");
            }

            // 1. join
            var wanted = pod.Spec.Containers.First(c => c.Name == container.View.Name);
            var before = wanted.Resources;
            var after = Join(before, asked);
            CheckStart(pod, container, after);

            // 2. in force
            if (container.IsAlive)
            {
                if (rooms.TierOf(pod).UpdateRefusal is { } why)
                {
                    throw PodException.State($"resources: {why}", $"skerry stop {container.View.Name}, update, and start it again");
                }

                if (asked.Io.Count > 0)
                {
                    throw PodException.State("resources: io: the limits of block devices cannot be changed while the container runs", $"skerry stop {container.View.Name}, update, and start it again");
                }

                await PutInForce(pod, container, before, asked, after).ConfigureAwait(false);
            }

            // 3. journal
            wanted.Resources = after;
            try
            {
                await rooms.Keep(pod, durable: true).ConfigureAwait(false);
            }
            catch
            {
                wanted.Resources = before;
                throw;
            }

            rooms.Events.Tell("container.update", pod, container);
        }
        finally
        {
            pod.Gate.Release();
        }
    }

    /// <summary>The limits that hold after a change.</summary>
    /// <exception cref="PodException">They contradict each other.</exception>
    internal static Resources Join(Resources? before, Resources asked)
    {
        if (asked.MemoryBytes < 0 || asked.CpuMillis < 0 || asked.MemorySwapBytes < -1 || asked.Pids < -1)
        {
            throw PodException.Invalid("resources: a limit below zero (-1 takes the limit off swap and pids)");
        }

        ResourceBounds.Check(string.Empty, asked);
        var after = before?.Clone() ?? new Resources();
        after.MemoryBytes = asked.MemoryBytes != 0 ? asked.MemoryBytes : after.MemoryBytes;
        after.MemorySwapBytes = asked.MemorySwapBytes != 0 ? asked.MemorySwapBytes : after.MemorySwapBytes;
        after.CpuMillis = asked.CpuMillis != 0 ? asked.CpuMillis : after.CpuMillis;
        after.CpuShares = asked.CpuShares != 0 ? asked.CpuShares : after.CpuShares;
        after.CpusetCpus = asked.CpusetCpus.Length > 0 ? asked.CpusetCpus : after.CpusetCpus;
        after.Pids = asked.Pids != 0 ? asked.Pids : after.Pids;
        if (asked.Io.Count > 0)
        {
            after.Io.Clear();
            after.Io.AddRange(asked.Io);
        }

        if (after.MemorySwapBytes > 0 && after.MemorySwapBytes < after.MemoryBytes)
        {
            throw PodException.Invalid(
                $"resources: memory and swap together ({after.MemorySwapBytes} bytes) are less than memory alone ({after.MemoryBytes} bytes)", "change --memory-swap with --memory");
        }

        return after;
    }

    /// <summary>What could not be started with these limits must not get them: it would end some day, and never come again.</summary>
    private void CheckStart(PodState pod, PodContainer container, Resources after)
    {
        var spec = pod.Spec.Clone();
        spec.Containers.First(c => c.Name == container.View.Name).Resources = after;
        try
        {
            ResourceWriter.Check(after);
            rooms.TierOf(pod).Check(spec);
        }
        catch (SpecRefusedException refused)
        {
            throw PodException.Invalid(refused.Refusal, refused.Next);
        }
    }

    private async Task PutInForce(PodState pod, PodContainer container, Resources? before, Resources asked, Resources after)
    {
        try
        {
            if (await rooms.TierOf(pod).Update(rooms.Tell(pod), container.View.Name, container.Id, asked, after).ConfigureAwait(false))
            {
                return;
            }
        }
        catch (SpecRefusedException refused)
        {
            throw PodException.State(refused.Refusal, refused.Next);
        }
        catch (IsolationException error)
        {
            throw PodException.Failed($"container {container.View.Name}: {error.Message}", error);
        }

        InGroup(pod, container, before, asked);
    }

    private void InGroup(PodState pod, PodContainer container, Resources? before, Resources asked)
    {
        var cgroup = new Cgroup(layout, Cgroup.PathOf(rooms.Instance, pod.Id, container.Id));

        // A new memory limit moves that of swap too, which the kernel keeps at or above it.
        var change = asked.Clone();
        if (change.MemoryBytes > 0 && change.MemorySwapBytes == 0)
        {
            change.MemorySwapBytes = before?.MemorySwapBytes ?? 0;
        }

        try
        {
            cgroup.Update(change);
        }
        catch (Exception error) when (error is IOException or CgroupException)
        {
            if (before is not null)
            {
                try
                {
                    cgroup.Update(before);
                }
                catch (Exception left) when (left is IOException or CgroupException)
                {
                    rooms.Log.LeftBehind(container.Id, left.Message);
                }
            }

            throw error is LinuxException { Error: Errno.EBUSY }
                ? PodException.State($"container {container.View.Name} uses more memory than the new limit, and it cannot be reclaimed", "give a higher limit, or stop the container first")
                : PodException.Failed($"container {container.View.Name}: {error.Message}", error);
        }
    }
}
