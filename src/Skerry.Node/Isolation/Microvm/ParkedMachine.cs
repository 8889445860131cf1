using System.Net.Sockets;
using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Vmm;
using Skerry.Linux.Processes;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>
/// A machine that stands still until a pod takes it. It lasts as long as the connection to its holder: when this process ends, so does the machine.
/// </summary>
/// <param name="Pod">The machine as if it were a pod: its id, user ids and directory.</param>
/// <param name="Slot">Its range of user ids.</param>
/// <param name="Shape">How large it is.</param>
/// <param name="Record">Its processes, as the journal will know them.</param>
/// <param name="Holder">The connection.</param>
/// <param name="MemoryBytes">What it takes of the node's memory.</param>
internal sealed record ParkedMachine(TierPod Pod, int Slot, MachineShape Shape, MachineRecord Record, NetworkStream Holder, ulong MemoryBytes) : IDisposable
{
    /// <summary>Most files that come with a pod: its disks and a tap.</summary>
    internal const int MostFiles = MachineDisks.Most + 1;

    /// <summary>Whether its holder runs.</summary>
    internal bool IsAlive => new ProcessIdentity(Record.Pid, Record.PidStart).IsAlive();

    /// <summary>What a disk in a slot of layers is called in a machine that waits.</summary>
    internal static string LayerSerial(int slot) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"parked-layer-{slot}");

    /// <summary>What a disk in a slot of containers is called there.</summary>
    internal static string WritableSerial(int slot) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"parked-disk-{slot}");

    /// <summary>What its holder is told of the disks of a pod.</summary>
    internal IReadOnlyList<VmTakenDisk> Slots(MachineDisks disks) =>
    [
        .. disks.Layers.Select(static (_, i) => new VmTakenDisk(i, IsWritable: false, IsThrownAway: false)),
        .. disks.Writable.Select((d, i) => new VmTakenDisk(Shape.Slots + i, IsWritable: true, d.IsThrownAway)),
    ];

    public void Dispose() => Holder.Dispose();
}
