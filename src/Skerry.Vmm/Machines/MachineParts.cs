using System.Globalization;
using System.Net.Sockets;
using Skerry.Contracts.Vmm;
using Skerry.Linux;

namespace Skerry.Vmm.Machines;

/// <summary>
/// Puts other disks, and a tap, behind the devices of a machine that stands still. The <c>microvm</c> board has no place into which a device could
/// be plugged, but what is behind one can be exchanged: a disk's root node (qom-set of <c>drive</c>, QEMU 6.2), and what is on the hub of a card. QEMU gets
/// open files (add-fd, getfd) and sees no path of the node.
/// </summary>
internal static class MachineParts
{
    private const string TapFile = "tap";
    private const string Tap = "t0";

    /// <summary>The hub on which a card stands alone until it has a tap.</summary>
    internal const string Hub = "hubport,id=n0,hubid=0";

    /// <summary>The name of a disk's device.</summary>
    internal static string DiskName(int slot) => "disk" + slot.ToString(CultureInfo.InvariantCulture);

    /// <summary>Puts them there.</summary>
    /// <param name="qmp">QEMU.</param>
    /// <param name="connection">The connection of that.</param>
    /// <param name="take">What comes.</param>
    /// <param name="files">Open files of it.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="IOException">QEMU could not.</exception>
    internal static async Task Put(QmpClient qmp, Socket connection, VmTake take, IReadOnlyList<FileDescriptor> files, CancellationToken cancel)
    {
        foreach (var (i, disk) in take.Disks.Index())
        {
            var set = Text(i + 1);
            DescriptorMail.Send(connection.SafeHandle, files[i]);
            await qmp.Command("add-fd", $"{{\"fdset-id\":{set}}}", cancel).ConfigureAwait(false);
            await qmp.Command("blockdev-add", Node(disk, "/dev/fdset/" + set, "taken" + Text(disk.Slot)), cancel).ConfigureAwait(false);
            await qmp.Command("qom-set", $"{{\"path\":\"{DiskName(disk.Slot)}\",\"property\":\"drive\",\"value\":\"taken{Text(disk.Slot)}\"}}", cancel).ConfigureAwait(false);
        }

        if (take.HasTap)
        {
            DescriptorMail.Send(connection.SafeHandle, files[^1]);
            await qmp.Command("getfd", $"{{\"fdname\":\"{TapFile}\"}}", cancel).ConfigureAwait(false);
            await qmp.Command("netdev_add", $"{{\"type\":\"tap\",\"id\":\"{Tap}\",\"fd\":\"{TapFile}\"}}", cancel).ConfigureAwait(false);
            await qmp.Command("netdev_add", $"{{\"type\":\"hubport\",\"id\":\"h0\",\"hubid\":0,\"netdev\":\"{Tap}\"}}", cancel).ConfigureAwait(false);
        }
    }

    /// <summary>The same as on a command line (<see cref="QemuCommand"/>).</summary>
    private static string Node(VmTakenDisk disk, string file, string name)
    {
        var common = disk.IsWritable
            ? $"\"read-only\":false,\"discard\":\"unmap\",\"cache\":{{\"direct\":false,\"no-flush\":{(disk.IsThrownAway ? "true" : "false")}}}"
            : "\"read-only\":true";
        return $"{{\"node-name\":\"{name}\",\"driver\":\"raw\",{common},\"file\":{{\"driver\":\"file\",\"filename\":\"{file}\",{common}}}}}";
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
