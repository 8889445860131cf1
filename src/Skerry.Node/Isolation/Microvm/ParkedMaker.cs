using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;
using Skerry.Contracts.Vmm;
using Skerry.Linux;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Cgroups;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Process;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// Makes machines that wait for their pods, and ends those that nobody took. What must hold: such a machine is a copy of a template of one trust
/// domain, in a jail like that of a pod, with user ids of its own, without a network and without a file of any pod.
/// </summary>
internal sealed class ParkedMaker(ProcessIsolator isolator, JailGround ground, MachineJails jails, MachineDocuments documents, WritableDisks writable, IdRangePool ranges, NodePaths paths, NodeOptions options)
{
    private const int SigKill = 9;

    /// <summary>
    /// Makes one.
    /// <list type="number">
    /// <item>Take a range of user ids; make its directories and disks.</item>
    /// <item>Wait for its holder, with the template.</item>
    /// <item>Make its jail and let it begin.</item>
    /// <item>Wait until it says that it waits.</item>
    /// </list>
    /// When a step fails, what was made is removed. A crash leaves what the next daemon sweeps: no pod has it.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was given up, or took too long.</exception>
    /// <exception cref="IOException">A step failed.</exception>
    internal async Task<ParkedMachine> Make(MachineChoice how, MachineShape shape, JailRoot root, FileDescriptor state, FileDescriptor memory, CancellationToken cancel)
    {
        // 1. ids, directories and disks
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var slot = ranges.Take();
        var pod = PodOf(id, slot);
        var machine = new MachinePaths(pod.Directory);
        Socket? holder = null;
        List<WritableDisk> own = [];
        var isOffered = false;
        try
        {
            Directory.CreateDirectory(machine.Directory);
            Carriers.Own(machine.Meeting, pod.Ids);
            var disks = await Disks(id, shape, own).ConfigureAwait(false);
            var cold = documents.Write(how, shape, disks, null, new ConfigureRequest());
            var rehearsal = Rehearsal.Start(ground, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), pod.Ids!.Value).ToByteArray();
            var document = cold with { Copies = TemplateHandover.Inside, Parks = new VmPark(rehearsal) };
            await File.WriteAllBytesAsync(machine.Document, JsonSerializer.SerializeToUtf8Bytes(document, VmJson.Default.VmDocument), cancel).ConfigureAwait(false);

            // 2. the template
            isOffered = true;
            var handing = TemplateHandover.Offer(machine.Meeting, state, memory);

            // 3. jail
            var created = await jails.Create(pod, how, root, shape, disks, null, hasVolumes: false).ConfigureAwait(false);
            created.MonitorChild.Dispose();
            await jails.Start(pod, how, hasTap: false).ConfigureAwait(false);

            // 4. it waits
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(TimeSpan.FromSeconds(options.Microvm.BootTimeoutSeconds));
            holder = await handing.WaitAsync(patience.Token).ConfigureAwait(false) ?? throw new IsolationException("its holder did not come for the template");
            var said = new byte[1];
            if (await holder.ReceiveAsync(said, patience.Token).ConfigureAwait(false) != 1 || said[0] != VmPark.Parked)
            {
                throw new IsolationException(MicrovmTrial.LastLines(machine.Log) is { Length: > 0 } last ? last : "its holder ended");
            }

            var record = new MachineRecord
            {
                Pid = created.Process.Pid,
                PidStart = created.Process.Start,
                MonitorPid = created.Monitor.Pid,
                MonitorStart = created.Monitor.Start,
                Parked = id,
                ParkedSlot = slot,
            };
            var bytes = new Cgroup(ground.Cgroups.Layout, ground.Cgroups.ContainerPath(id, id)).Stats()?.MemoryBytes ?? 0;
            var made = new ParkedMachine(pod, slot, shape, record, new NetworkStream(holder, ownsSocket: true), bytes);
            holder = null;
            return made;
        }
        catch
        {
            holder?.Dispose();
            if (!isOffered)
            {
                state.Dispose();
                memory.Dispose();
            }

            await Remove(pod, slot).ConfigureAwait(false);
            throw;
        }
        finally
        {
            // QEMU has them open, or never will.
            own.ForEach(static d => File.Delete(d.Path));
        }
    }

    /// <summary>Ends one that no pod has taken.</summary>
    internal async Task End(ParkedMachine machine)
    {
        machine.Dispose();
        new Linux.Processes.ProcessIdentity(machine.Record.Pid, machine.Record.PidStart).Signal(SigKill);
        await Remove(machine.Pod, machine.Slot).ConfigureAwait(false);
    }

    private async Task Remove(TierPod pod, int slot)
    {
        await isolator.Delete(pod.Id, new MachinePaths(pod.Directory).Bundle).ConfigureAwait(false);
        await ground.RemoveCgroups(pod.Id, pod.Id).ConfigureAwait(false);
        ground.Cgroups.Remove(pod.Id, null);
        await ProcessIsolator.RemoveTree(pod.Directory).ConfigureAwait(false);
        ranges.Return(slot);
    }

    private TierPod PodOf(string id, int slot) => new()
    {
        Id = id,
        Spec = new PodSpec { Name = "parked" },
        Ids = ranges.Range(slot),
        FindUsers = () => ranges.UserNamespace(slot),
        Directory = paths.Pod(id),
        FindContainers = static () => [],
        Record = new PodRecord(),
        Keep = static () => Task.CompletedTask,
        Tell = static (_, _) => { },
    };

    /// <summary>Disks of the sizes that a pod's have: a guest asks for the size of a disk once.</summary>
    private async Task<MachineDisks> Disks(string id, MachineShape shape, List<WritableDisk> own)
    {
        var rehearsal = await documents.Layers.Rehearsal().ConfigureAwait(false);
        var layers = Enumerable.Range(0, shape.Slots).Select(i => new LayerDisk(i == 0 ? rehearsal.Path : documents.Layers.Nothing, ParkedMachine.LayerSerial(i)));
        for (var i = 0; i < shape.Writable; i++)
        {
            own.Add(new WritableDisk(await writable.Empty(id, i).ConfigureAwait(false), ParkedMachine.WritableSerial(i), IsThrownAway: true));
        }

        return new MachineDisks([.. layers], own);
    }
}
