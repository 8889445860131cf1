using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Ttrpc;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Machine;
using Skerry.Linux.Mounts;

namespace Skerry.Guest.Containers;

/// <summary>
/// The virtio-blk disks by their serial numbers, and the layers that are mounted from them. A disk may have become another while the
/// machine stood still as a template: its serial number says so, and then its driver begins anew, as the size is another, too.
/// </summary>
internal sealed class Disks
{
    private const string Blocks = "/sys/block";
    private const int MaxNames = 64;
    private const string Driver = "/sys/bus/virtio/drivers/virtio_blk";

    // By serial number: where a layer is mounted. What is mounted stays.
    private readonly Dictionary<string, string> _layers = new(StringComparer.Ordinal);

    // By disk: the serial number that it had when it was first looked at.
    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);

    // By serial number: the device.
    private readonly Dictionary<string, string> _devices = new(StringComparer.Ordinal);

    public Disks() => Scan();

    // By the name that the host has for it: a serial number.
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    // By the name that the host has for it: its place among the virtio disks, from 1, where serial numbers are the VMM's own.
    private readonly Dictionary<string, uint> _placed = new(StringComparer.Ordinal);

    /// <summary>
    /// The machine may be a copy by now, or have got others in place of its disks: what is remembered of them is asked again, and nothing stays mounted.
    /// </summary>
    /// <param name="names">What disks are called from here on.</param>
    public void Forget(IEnumerable<GuestDisk> names)
    {
        foreach (var mounted in _layers.Values)
        {
            MountTable.Detach(mounted);
            FileCalls.RemoveDirectory(null, mounted);
        }

        _layers.Clear();
        _devices.Clear();
        _names.Clear();
        _placed.Clear();
        foreach (var disk in names.Take(MaxNames))
        {
            if (disk.Place > 0)
            {
                _placed[disk.Name] = disk.Place;
            }
            else
            {
                _names[disk.Name] = disk.Serial;
            }
        }
    }

    /// <summary>Mounts a layer, once.</summary>
    /// <returns>Where it is mounted.</returns>
    /// <exception cref="GuestException">There is no such disk.</exception>
    public string Layer(string serial)
    {
        if (_layers.TryGetValue(serial, out var mounted))
        {
            return mounted;
        }

        var device = Device(serial);
        var target = $"/run/l/{_layers.Count}";
        FileCalls.MakeDirectory(null, target, 0x1C0);
        ThisMachine.ForgetContent(device);
        MountTable.Mount(device, target, "erofs", MountTable.Options.ReadOnly | MountTable.Options.NoDevices);
        _layers.Add(serial, target);
        return target;
    }

    /// <summary>
    /// Mounts a disk that can be written. What a machine left on it that ended without a word is mended from its journal as it is mounted; its inode
    /// tables read as zeros from the first, and are not written only for that.
    /// </summary>
    /// <exception cref="GuestException">There is no such disk, or it is damaged.</exception>
    public void Mount(string serial, string target)
    {
        var device = Device(serial);
        ThisMachine.ForgetContent(device);
        try
        {
            MountTable.Mount(device, target, "ext4", MountTable.Options.NoDevices | MountTable.Options.NoSetuid, "noinit_itable,discard,commit=1");
        }
        catch (LinuxException error)
        {
            throw new GuestException(TtrpcStatusCode.Internal, $"the container's disk cannot be mounted ({error.Error}): it is damaged; remove the container and make it anew");
        }
    }

    /// <summary>The device with a serial number.</summary>
    /// <exception cref="GuestException">There is none.</exception>
    private string Device(string serial)
    {
        if (serial.Length is 0 or > 20)
        {
            throw new GuestException(TtrpcStatusCode.InvalidArgument, "a disk's serial number has 1 to 20 characters (virtio-blk)");
        }

        if (_placed.TryGetValue(serial, out var place))
        {
            return ByPlace(place);
        }

        serial = _names.GetValueOrDefault(serial, serial);
        if (!_devices.ContainsKey(serial))
        {
            Scan();
        }

        return _devices.TryGetValue(serial, out var device) ? device
            : throw new GuestException(TtrpcStatusCode.NotFound, $"there is no disk with the serial number {serial}; there are: {string.Join(", ", _devices.Keys.Order(StringComparer.Ordinal))}");
    }

    /// <summary>The device at a place.</summary>
    private static string ByPlace(uint place)
    {
        var disks = Directory.EnumerateDirectories(Blocks).Select(static b => (Block: b, Device: VirtioNumber(b))).Where(static d => d.Device >= 0).OrderBy(static d => d.Device).ToList();
        return place <= disks.Count ? "/dev/" + Path.GetFileName(disks[(int)place - 1].Block)
            : throw new GuestException(TtrpcStatusCode.NotFound, $"there is no {place}. virtio disk; there are {disks.Count}");
    }

    /// <summary>The number of a disk among the devices of virtio, in whose order they were found; -1: it is none.</summary>
    private static int VirtioNumber(string block)
    {
        const string Virtio = "virtio";
        var device = Path.GetFileName(new DirectoryInfo(block + "/device").LinkTarget ?? string.Empty);
        return device.StartsWith(Virtio, StringComparison.Ordinal) && int.TryParse(device.AsSpan(Virtio.Length), System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : -1;
    }

    private void Scan()
    {
        _devices.Clear();
        foreach (var block in Directory.EnumerateDirectories(Blocks))
        {
            var name = Path.GetFileName(block);
            if (!File.Exists(block + "/serial"))
            {
                continue;
            }

            var serial = File.ReadAllText(block + "/serial").TrimEnd('\n');
            if (_known.TryGetValue(name, out var before) && before != serial && new DirectoryInfo(block + "/device").LinkTarget is { } device)
            {
                ProcFile.Write(Driver + "/unbind", Path.GetFileName(device));
                ProcFile.Write(Driver + "/bind", Path.GetFileName(device));
            }

            _known[name] = serial;
            _devices[serial] = "/dev/" + name;
        }
    }
}
