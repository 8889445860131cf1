using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Pods;

namespace Skerry.Node.Reconcile;

/// <summary>Takes a pod from its spec to running containers.</summary>
internal sealed class PodStarter(NodeRooms rooms, ContainerStarter containers, PodRemover remover)
{
    /// <summary>
    /// Makes a pod, without starting its containers.
    /// <list type="number">
    /// <item>Check the spec and complete it.</item>
    /// <item>Find or pull the images.</item>
    /// <item>Take the name and a range of user ids.</item>
    /// <item>Write it to the journal: from here on the pod has an owner, and a crash is cleaned up or carried on.</item>
    /// <item>Make its namespaces and join its network.</item>
    /// </list>
    /// When a step fails, the pod is removed again.
    /// </summary>
    internal async Task<PodState> Create(PodSpec asked, IProgress<Progress>? progress, CancellationToken cancel)
    {
        // 1. spec
        var spec = PodSpecRules.Complete(asked, rooms.Options.DefaultNetwork);
        var tier = await Tier(spec).ConfigureAwait(false);

        // 2. images
        var images = new List<RunnableImage>(spec.Containers.Count);
        var leases = new List<IDisposable>(spec.Containers.Count);
        try
        {
            foreach (var container in spec.Containers)
            {
                var (image, lease) = await rooms.Images.Find(container, progress, cancel).ConfigureAwait(false);
                images.Add(image);
                leases.Add(lease);
                rooms.Tiers[tier.Name].CheckImage(container, image.Tell());
            }

            return await Create(NewPod(spec, tier, images), cancel).ConfigureAwait(false);
        }
        finally
        {
            // From now on the pod itself keeps its images.
            leases.ForEach(static lease => lease.Dispose());
        }
    }

    /// <summary>The tier that a pod gets, with the reason; it is tried before anything is made.</summary>
    private async Task<(string Name, string Reason, string Runtime)> Tier(PodSpec spec)
    {
        var (name, reason) = PodSpecRules.Tier(spec);
        var tier = rooms.Tiers.TryFind(name) ?? throw PodException.Refused(
            $"tier: '{name}' is not in this version of Skerry, and a weaker one is not taken in its place", "leave out --tier, or use --tier " + string.Join(" or ", rooms.Tiers.All.Select(static t => t.Name)));
        tier.Check(spec);
        var verdict = await tier.Tried.ConfigureAwait(false);
        if (!verdict.Works)
        {
            throw PodException.Refused($"tier: {name} does not work on this machine ({verdict.Reason}), and a weaker one is not taken in its place", "see skerry node, or use --tier process");
        }

        return (name, name == ProcessTier.TierName ? reason : $"{reason}; {verdict.Detail}", verdict.Runtime);
    }

    private async Task<PodState> Create(PodState pod, CancellationToken cancel)
    {
        // 3. name and ids
        if (!rooms.Index.TryAdd(pod))
        {
            throw PodException.Exists($"the name '{pod.Name}' is taken by pod {rooms.Index.FindPod(pod.Name).Id[..12]}", $"remove it with 'skerry rm {pod.Name}', or choose another name");
        }

        await pod.Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            pod.Record.IdSlot = pod.Spec.HostUsers ? -1 : rooms.Ranges.Take();

            // 4. journal
            var kept = rooms.Keep(pod);
            for (var i = 0; i < pod.Containers.Count; i++)
            {
                kept = rooms.Keep(pod, pod.Containers[i], durable: i == pod.Containers.Count - 1);
            }

            await kept.ConfigureAwait(false);

            // 5. namespaces and network
            await rooms.Networking.Join(pod, cancel).ConfigureAwait(false);
            rooms.Events.Tell("pod.create", pod, null);
            return pod;
        }
        catch
        {
            await remover.Clean(pod).ConfigureAwait(false);
            throw;
        }
        finally
        {
            pod.Gate.Release();
        }
    }

    /// <summary>
    /// Starts a pod's containers in their order. <paramref name="attach"/> is called for the first one between its making and its start.
    /// </summary>
    internal async Task Start(PodState pod, Func<string, Task>? attach)
    {
        await pod.Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (pod.IsGone)
            {
                throw PodException.State($"pod {pod.Name} is being removed");
            }

            var first = true;
            foreach (var container in pod.Containers)
            {
                if (!container.IsAlive)
                {
                    await containers.Start(pod, container, first ? attach : null).ConfigureAwait(false);
                }

                first = false;
            }
        }
        finally
        {
            pod.Gate.Release();
        }
    }

    /// <summary>Starts a container, or a pod, that a person stopped or that ended.</summary>
    internal async Task StartAgain(PodState pod, PodContainer container)
    {
        await pod.Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (pod.IsGone)
            {
                throw PodException.NotFound($"pod {pod.Name} has been removed");
            }

            if (container.IsAlive)
            {
                throw PodException.State($"container {container.View.Name} is running already");
            }

            pod.Record.Desired = PodRecord.Types.Desired.Running;
            container.Record.StoppedByRequest = false;
            container.Record.LastBackoffMillis = 0;
            container.Restart?.Cancel();
            await rooms.Keep(pod, durable: true).ConfigureAwait(false);
            await containers.Start(pod, container, null).ConfigureAwait(false);
        }
        finally
        {
            pod.Gate.Release();
        }
    }

    private PodState NewPod(PodSpec spec, (string Name, string Reason, string Runtime) tier, List<RunnableImage> images)
    {
        var now = rooms.Now();
        var pod = new PodState(new PodRecord
        {
            Pod = new Pod
            {
                Id = PodNames.NewId(),
                Name = spec.Name,
                Spec = spec,
                CreatedAt = now,
                Tier = tier.Name,
                TierReason = tier.Reason,
                Runtime = tier.Runtime,
            },
            Desired = PodRecord.Types.Desired.Running,
            BootId = rooms.BootId,
        });
        for (var i = 0; i < spec.Containers.Count; i++)
        {
            var (wanted, image) = (spec.Containers[i], images[i]);
            var id = PodNames.NewId();
            var view = new Container
            {
                Id = id,
                Name = wanted.Name,
                PodId = pod.Id,
                PodName = pod.Name,
                Image = wanted.Image,
                ImageDigest = image.ManifestDigest,
                State = Contracts.Node.V1.ContainerState.Created,
                CreatedAt = now,
                LogPath = rooms.Paths.Log(id),
                Tier = tier.Name,
            };
            view.Command.AddRange(image.CommandOf(wanted));
            view.Labels.Add(wanted.Labels);
            view.Ports.Add(spec.Ports);
            var record = new ContainerRecord { Container = view, ImageConfigDigest = image.ConfigDigest, Runtime = tier.Runtime };
            record.Layers.AddRange(image.Layers);
            pod.Containers.Add(new PodContainer(record));
        }

        return pod;
    }
}
