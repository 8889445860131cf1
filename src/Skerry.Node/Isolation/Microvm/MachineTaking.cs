using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text.Json;
using Google.Protobuf;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Vmm;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Network;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>Makes a machine that waits the one of a pod. It gets open files: in its jail nothing of the node appears that was not there before.</summary>
internal static class MachineTaking
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Gives it to a pod, in whose journal it is already.
    /// <list type="number">
    /// <item>Give the place where it meets others to the pod's first user: its carriers call there. Its holder, which listens, needs no name for that.</item>
    /// <item>Open the pod's disks and its tap.</item>
    /// <item>Send them, and what the guest is to be told.</item>
    /// <item>Wait until the machine has them and goes on.</item>
    /// </list>
    /// </summary>
    /// <param name="machine">The machine; its connection is closed in the end.</param>
    /// <param name="pod">The pod.</param>
    /// <param name="disks">The pod's disks.</param>
    /// <param name="network">What its card stands for; null: for nothing.</param>
    /// <param name="configuration">What the guest is told.</param>
    /// <exception cref="IOException">A step failed: the machine is of no use.</exception>
    internal static async Task Give(ParkedMachine machine, TierPod pod, MachineDisks disks, GuestNetwork? network, ConfigureRequest configuration)
    {
        using var connection = machine;
        List<FileDescriptor> files = [];
        try
        {
            // 1. meeting place
            Own(new MachinePaths(machine.Pod.Directory).Meeting, pod.Ids);

            // 2. files
            files.AddRange(disks.Layers.Select(static d => FileCalls.Open(null, d.Path, OpenFlags.Read | OpenFlags.NoFollow)));
            files.AddRange(disks.Writable.Select(static d => FileCalls.Open(null, d.Path, OpenFlags.ReadWrite | OpenFlags.NoFollow)));
            if (network is not null)
            {
                files.Add(await GuestLink.Open(pod.Network!).ConfigureAwait(false));
            }

            // 3. send
            var told = configuration.Clone();
            told.Disks.AddRange(disks.Layers.Select(static (d, i) => new GuestDisk { Name = d.Serial, Serial = ParkedMachine.LayerSerial(i) }));
            told.Disks.AddRange(disks.Writable.Select(static (d, i) => new GuestDisk { Name = d.Serial, Serial = ParkedMachine.WritableSerial(i) }));
            var take = JsonSerializer.SerializeToUtf8Bytes(
                new VmTake { Disks = machine.Slots(disks), HasTap = network is not null, Configuration = told.ToByteArray() }, VmJson.Default.VmTake);
            var length = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(length, take.Length);
            using var patience = new CancellationTokenSource(Patience);
            await machine.Holder.WriteAsync((byte[])[.. length, .. take], patience.Token).ConfigureAwait(false);
            DescriptorMail.Send(machine.Holder.Socket.SafeHandle, [.. files]);

            // 4. it goes on
            var said = new byte[1];
            await machine.Holder.ReadExactlyAsync(said, patience.Token).ConfigureAwait(false);
            if (said[0] != VmPark.Taken)
            {
                throw new IsolationException("its holder says what has no meaning");
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException)
        {
            throw new IsolationException("its holder did not answer in time", error);
        }
        finally
        {
            files.ForEach(static f => f.Dispose());
        }
    }

    /// <summary>The directory and what lies there, which may be a stranger's: nothing is followed.</summary>
    private static void Own(string meeting, IdRange? ids)
    {
        var first = ids?.HostStart ?? 0;
        using var directory = FileCalls.Open(null, meeting, OpenFlags.Directory | OpenFlags.NoFollow);
        foreach (var name in new[] { MachinePaths.Socket, MachinePaths.Sizing })
        {
            FileCalls.SetOwner(directory, name, first, first);
        }

        FileCalls.SetOwner(directory, first, first);
    }
}
