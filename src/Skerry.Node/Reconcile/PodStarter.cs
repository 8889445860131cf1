using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Policy;
using Skerry.Node.Pods;

namespace Skerry.Node.Reconcile;

/// <summary>Takes a pod from its spec to running containers.</summary>
internal sealed class PodStarter(NodeRooms rooms, ContainerStarter containers, PodRemover remover, TierFall falls)
{
    private static readonly string[] SgxDevices = ["/dev/sgx_enclave", "/dev/sgx_provision"];

    /// <summary>
    /// Makes a pod, without starting its containers.
    /// <list type="number">
    /// <item>Check the spec and complete it.</item>
    /// <item>Find or pull the images.</item>
    /// <item>Decide the tier.</item>
    /// <item>Take the name and a range of user ids.</item>
    /// <item>Write it to the journal: from here on the pod has an owner, and a crash is cleaned up or carried on.</item>
    /// <item>Make its namespaces and join its network.</item>
    /// </list>
    /// When a step fails, the pod is removed again.
    /// </summary>
    internal async Task<PodState> Create(PodSpec asked, IProgress<Progress>? progress, CancellationToken cancel)
    {
        rooms.Planner.Cgroups.Anticipate();

        // 1. spec
        var spec = PodSpecRules.Complete(asked, rooms.Options.DefaultNetwork);

        // What no image would change is refused before one is pulled.
        _ = await rooms.TierDesk.Assign(spec, rooms.Images.Here(spec)).ConfigureAwait(false);

        // 2. images
        var images = new List<RunnableImage>(spec.Containers.Count);
        var leases = new List<IDisposable>(spec.Containers.Count);
        try
        {
            foreach (var container in spec.Containers)
            {
                var (image, lease) = await rooms.Images.Find(spec, container, progress, cancel).ConfigureAwait(false);
                images.Add(image);
                leases.Add(lease);
            }

            // 3. tier
            var tier = await rooms.TierDesk.Assign(spec, [.. images.Select((image, i) => rooms.Images.Tell(spec, spec.Containers[i].Image, image))]).ConfigureAwait(false);
            GiveTee(spec, tier.Tee);
            return await Create(NewPod(spec, tier, images), cancel).ConfigureAwait(false);
        }
        finally
        {
            // From now on the pod itself keeps its images.
            leases.ForEach(static lease => lease.Dispose());
        }
    }

    private async Task<PodState> Create(PodState pod, CancellationToken cancel)
    {
        // 4. name and ids
        if (!rooms.Index.TryAdd(pod))
        {
            throw PodException.Exists($"the name '{pod.Name}' is taken by pod {rooms.Index.FindPod(pod.Name).Id[..12]}", $"remove it with 'skerry rm {pod.Name}', or choose another name");
        }

        await pod.Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            pod.Record.IdSlot = pod.Spec.HostUsers ? -1 : rooms.Ranges.Take();

            // 5. journal
            var kept = rooms.Keep(pod);
            for (var i = 0; i < pod.Containers.Count; i++)
            {
                kept = rooms.Keep(pod, pod.Containers[i], durable: i == pod.Containers.Count - 1);
            }

            await kept.ConfigureAwait(false);

            // 6. namespaces and network
            await rooms.Networking.Join(pod, cancel).ConfigureAwait(false);
            rooms.Trail.Created(pod);
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
            var kept = rooms.Keep(pod, durable: true);
            await rooms.Keep(pod, container, durable: true).ConfigureAwait(false);
            await kept.ConfigureAwait(false);
            await falls.Reconsider(pod).ConfigureAwait(false);
            await containers.Start(pod, container, null).ConfigureAwait(false);
        }
        finally
        {
            pod.Gate.Release();
        }
    }

    /// <summary>An enclave is made through devices; the other environments are the virtual machine's.</summary>
    private static void GiveTee(PodSpec spec, TeeKinds tee)
    {
        if (tee != TeeKinds.Sgx)
        {
            return;
        }

        foreach (var container in spec.Containers)
        {
            container.Devices.Add(SgxDevices.Where(d => File.Exists(d) && !container.Devices.Contains(d)));
        }
    }

    private PodState NewPod(PodSpec spec, AssignedTier tier, List<RunnableImage> images)
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
                Tee = tier.Tee == TeeKinds.None ? string.Empty : TeeNames.Of(tier.Tee),
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
