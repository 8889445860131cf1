using System.Text.Json;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Vmm;
using Skerry.Linux.Processes;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// Machines of pods: each in a jail of its own, which is a container of the runtime under a monitor, by the pod's id. What must hold: a machine is
/// in the journal before it is started, and is found there after a crash by the identities of its processes.
/// </summary>
internal sealed class Machines(
    ProcessIsolator isolator, MachineRoots roots, JailGround ground, MachineJails jails, MachineDocuments documents, VolumeServers servers, Templates? templates, MachinePool? pool, IdRangePool ranges, MicrovmOptions options, ILogger log)
{
    /// <summary>For a guest to write what it has not written yet, beside the time that its containers have to end.</summary>
    private static readonly TimeSpan RestMargin = TimeSpan.FromSeconds(18);

    /// <summary>
    /// Sees to it that a pod has a machine.
    /// <list type="number">
    /// <item>Leave one alone that lives.</item>
    /// <item>Remove what there is of an earlier one.</item>
    /// <item>Join the tap to the pod's network.</item>
    /// <item>Take one that waits, if there is one of its like; then that is all.</item>
    /// <item>Make its directories, offer it a template if there is one, and write its document. A machine with volumes is none's copy: their server
    /// maps its memory.</item>
    /// <item>Let the server of its volumes begin, if it has any.</item>
    /// <item>Make its jail, and write that to the journal.</item>
    /// <item>Let it begin.</item>
    /// </list>
    /// </summary>
    /// <param name="how">How machines work here.</param>
    /// <param name="pod">The pod.</param>
    /// <param name="namespaces">What the pod's containers share.</param>
    /// <param name="disks">The disks of its images and containers.</param>
    /// <param name="volumes">What it is shown of the node, each once.</param>
    /// <exception cref="IsolationException">A step failed.</exception>
    /// <exception cref="SpecRefusedException">The pod asks for a machine that it cannot have.</exception>
    internal async Task Ensure(MachineChoice how, TierPod pod, NamespacePlan namespaces, MachineDisks disks, IReadOnlyList<Volume> volumes)
    {
        // 1. one that lives
        if (IsAlive(pod))
        {
            return;
        }

        // 2. an earlier one
        await End(pod).ConfigureAwait(false);
        var paths = MachinePaths.Of(pod);

        // 3. network
        var network = pod.Network is { } joined && pod.Interface.Length > 0
            ? await GuestLink.Make(joined, pod.Ids?.HostStart ?? 0, pod.Interface).ConfigureAwait(false)
            : null;

        // 4. one that waits
        var root = roots.Machine(how);
        var shape = MachineShape.Of(pod.Spec, MachineAnnotations.Apply(pod.Spec, options)) with { Slots = disks.Layers.Count, Writable = disks.Writable.Count, HasCard = network is not null };
        var domain = Templates.DomainOf(pod);
        var configuration = GuestDocuments.Machine(pod.Id, Hostname(pod), network);
        if (how.Vmm.HasTemplates && volumes.Count == 0 && WritableDisks.Asked(pod.Spec) is null && pool?.Take(how, domain, shape, root) is { } parked && await Take(parked, pod, disks, network, configuration).ConfigureAwait(false))
        {
            return;
        }

        // 5. directories and document
        Directory.CreateDirectory(paths.Directory);
        Carriers.Own(paths.Meeting, pod.Ids);
        var isCopy = how.Vmm.HasTemplates && volumes.Count == 0 && templates is not null && templates.Offer(how, domain, ref shape, root, paths.Meeting);
        var document = documents.Write(how, shape, disks, network, configuration) with
        {
            Copies = isCopy ? TemplateHandover.Inside : null,
            Share = volumes.Count > 0 ? VolumeServers.Sockets : null,
        };
        await File.WriteAllBytesAsync(paths.Document, JsonSerializer.SerializeToUtf8Bytes(document, VmJson.Default.VmDocument)).ConfigureAwait(false);

        // 6. volumes
        if (volumes.Count > 0)
        {
            await servers.Begin(how.Files, pod, shape, volumes).ConfigureAwait(false);
        }

        // 7. jail
        var created = await jails.Create(pod, how, root, shape, disks, network is null ? null : namespaces, volumes.Count > 0).ConfigureAwait(false);
        created.MonitorChild.Dispose();
        pod.Record.Machine = new MachineRecord
        {
            Pid = created.Process.Pid,
            PidStart = created.Process.Start,
            MonitorPid = created.Monitor.Pid,
            MonitorStart = created.Monitor.Start,
            Vmm = how.Vmm.Kind,
        };
        await pod.Keep().ConfigureAwait(false);

        // 8. begin
        await jails.Start(pod, how, network is not null).ConfigureAwait(false);
    }

    /// <summary>Gives a machine that waited to a pod: first in the journal, so that a crash leaves none without an owner.</summary>
    /// <returns>False: it is of no use, and was removed.</returns>
    private async Task<bool> Take(ParkedMachine parked, TierPod pod, MachineDisks disks, GuestNetwork? network, ConfigureRequest configuration)
    {
        pod.Record.Machine = parked.Record;
        try
        {
            await pod.Keep().ConfigureAwait(false);
            await MachineTaking.Give(parked, pod, disks, network, configuration).ConfigureAwait(false);
            pod.Tell("pod.machine", ("parked", parked.Pod.Id));
            return true;
        }
        catch (IOException error)
        {
            log.TakingFailed(pod.Spec.Name, MicrovmTrial.LastLines(MachinePaths.Of(pod).Log) is { Length: > 0 } last ? $"{error.Message}; its log: {last}" : error.Message);
            await End(pod).ConfigureAwait(false);
            return false;
        }
    }

    /// <summary>
    /// Has the machine of a pod end by itself, so that all that its containers wrote is on their disks, and ends it; where nobody wants what they
    /// wrote, at once.
    /// </summary>
    internal async Task Rest(TierPod pod)
    {
        const int SigTerm = 15;
        var holder = Process(pod.Record);
        if (!pod.Spec.AutoRemove && holder.Signal(SigTerm))
        {
            var began = TimeProvider.System.GetTimestamp();
            while (holder.IsAlive() && TimeProvider.System.GetElapsedTime(began) < MachineDocuments.EndPatience + RestMargin)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System).ConfigureAwait(false);
            }
        }

        await End(pod).ConfigureAwait(false);
    }

    /// <summary>Ends the machine of a pod and removes what was made for it. Nothing there is no error.</summary>
    internal async Task End(TierPod pod)
    {
        const int SigKill = 9;
        var (paths, id) = (MachinePaths.Of(pod), IdOf(pod.Record, pod.Id));
        Process(pod.Record).Signal(SigKill);
        await isolator.Delete(id, paths.Bundle).ConfigureAwait(false);
        await ground.RemoveCgroups(id, id).ConfigureAwait(false);
        await servers.End(pod).ConfigureAwait(false);
        await ProcessIsolator.RemoveTree(paths.Directory).ConfigureAwait(false);
        if (pod.Record.Machine is { Parked.Length: > 0 } parked)
        {
            ground.Cgroups.Remove(id, null);
            await ProcessIsolator.RemoveTree(paths.Pod).ConfigureAwait(false);
            ranges.Return(parked.ParkedSlot);
        }

        pod.Record.Machine = null;
    }

    /// <summary>Ends the machine of a pod that goes on without one.</summary>
    internal async Task Leave(TierPod pod)
    {
        await End(pod).ConfigureAwait(false);
        if (pod.Network is { } joined && pod.Interface.Length > 0)
        {
            await GuestLink.Remove(joined, pod.Interface).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the machine of a pod that no other part of the node knows of, with the pod's own groups.</summary>
    internal async Task EndWhole(TierPod pod)
    {
        await End(pod).ConfigureAwait(false);
        ground.Cgroups.Remove(pod.Id, null);
    }

    /// <summary>What waits for pods; null: nothing ever does.</summary>
    internal (int Count, ulong Bytes)? Waiting => pool?.Waiting;

    /// <summary>Ends what is made for later machines.</summary>
    internal async Task Stop()
    {
        if (pool is not null)
        {
            await pool.DisposeAsync().ConfigureAwait(false);
        }

        await (templates?.Stop() ?? Task.CompletedTask).ConfigureAwait(false);
    }

    /// <summary>What a pod's machine and the server of its volumes take of the node's memory, bytes; 0: there is none.</summary>
    internal ulong Memory(TierPod pod) => Memory(IdOf(pod.Record, pod.Id), IdOf(pod.Record, pod.Id)) + Memory(pod.Id, VolumeServers.IdOf(pod.Id));

    /// <summary>The container of the runtime that is the jail of a pod's machine; its group has that name twice.</summary>
    internal static string IdOf(PodRecord record, string podId) => record.Machine is { Parked.Length: > 0 } machine ? machine.Parked : podId;

    /// <summary>Whether a pod has a machine.</summary>
    internal static bool IsAlive(TierPod pod) => Process(pod.Record).IsAlive();

    /// <summary>The holder of a pod's machine.</summary>
    internal static ProcessIdentity Process(PodRecord record) =>
        record.Machine is { } machine ? new ProcessIdentity(machine.Pid, machine.PidStart) : default;

    private ulong Memory(string podId, string id) => new Cgroup(ground.Cgroups.Layout, ground.Cgroups.ContainerPath(podId, id)).Stats()?.MemoryBytes ?? 0;

    private static string Hostname(TierPod pod) => pod.Spec.Hostname.Length > 0 ? pod.Spec.Hostname : pod.Spec.Name;
}
