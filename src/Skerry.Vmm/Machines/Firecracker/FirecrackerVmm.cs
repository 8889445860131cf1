using System.Globalization;
using System.Net.Sockets;
using Skerry.Contracts.Vmm;
using Skerry.Vmm.Machines.Api;

namespace Skerry.Vmm.Machines.Firecracker;

/// <summary>
/// Firecracker: it is started without a machine and told by its API what the machine is, then to boot it. Its console is its standard output, its
/// guest's agent comes by vsock, and disks have no serial numbers of ours: the guest tells them apart by their places. It ends when the guest resets.
/// </summary>
internal sealed class FirecrackerVmm : IVmm
{
    private const int MostProcessors = 32; // MachineConfiguration.vcpu_count
    private const int StatisticsSeconds = 60; // what the balloon has is known at any time; the guest tells the rest so seldom

    private readonly VmDocument _vm;
    private readonly TimeProvider _clock;
    private readonly string _socket;
    private readonly AgentDoor _door;

    /// <exception cref="ArgumentException">It has none of what the document asks for.</exception>
    internal FirecrackerVmm(VmDocument vm, TimeProvider clock)
    {
        if (vm.Share is not null || vm.Parks is not null || vm.Accelerator != VmDocument.Kvm || vm.Processors > MostProcessors || vm.Card is { Tap.Length: 0 })
        {
            throw new ArgumentException($"Firecracker has no emulation, no virtiofs, no card without a tap and at most {MostProcessors} processors, and its machines cannot wait for a pod");
        }

        (_vm, _clock) = (vm, clock);
        _socket = Path.Combine(vm.Temporary, "control");
        File.Delete(_socket);
        _door = new AgentDoor(vm.Temporary);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Arguments => ["--api-sock", _socket, "--id", "machine"];

    /// <inheritdoc/>
    public bool PlacesDisks => true;

    /// <summary>Codes that would be signals elsewhere (FcExitCode, src/vmm/src/lib.rs).</summary>
    public string? Ending(int code) => code switch
    {
        148 => "its VMM made a system call that its own filter forbids",
        149 or 150 or 151 or (>= 154 and <= 157) => string.Create(CultureInfo.InvariantCulture, $"its VMM failed (Firecracker's exit code {code})"),
        152 => "its VMM could not do what it was told to begin with",
        153 => "its VMM does not know its arguments",
        _ => null,
    };

    /// <inheritdoc/>
    public async Task<IMachine> Begin(CancellationToken cancel)
    {
        var api = new VmmApi("Firecracker", _socket, _clock);
        await api.Ready(cancel).ConfigureAwait(false);
        var json = FirecrackerJson.Default;
        if (_vm.Copies is null)
        {
            await api.Send("PUT", "/machine-config", new MachineConfiguration(_vm.Processors, _vm.MemoryMebibytes), json.MachineConfiguration, cancel).ConfigureAwait(false);
            await api.Send("PUT", "/boot-source", new BootSource(_vm.Kernel, _vm.KernelParameters, _vm.Initrd), json.BootSource, cancel).ConfigureAwait(false);
            foreach (var (place, disk) in _vm.Disks.Index())
            {
                var drive = Drive(place, disk);
                await api.Send("PUT", "/drives/" + drive.DriveId, drive, json.Drive, cancel).ConfigureAwait(false);
            }

            if (_vm.Card is { } card)
            {
                await api.Send("PUT", "/network-interfaces/eth0", new NetworkInterface("eth0", card.Tap, card.Mac), json.NetworkInterface, cancel).ConfigureAwait(false);
            }

            await api.Send("PUT", "/balloon", new Balloon(0, DeflateOnOom: false, StatisticsSeconds), json.Balloon, cancel).ConfigureAwait(false);
            await api.Send("PUT", "/vsock", new Vsock(AgentDoor.Cid, _door.Device), json.Vsock, cancel).ConfigureAwait(false);
            await api.Send("PUT", "/actions", new InstanceAction(ActionType.InstanceStart), json.InstanceAction, cancel).ConfigureAwait(false);
        }

        return new FirecrackerMachine(api, _vm.MemoryMebibytes, _clock);
    }

    /// <inheritdoc/>
    public Task<NetworkStream> Guest(CancellationToken cancel) => _door.Enter(cancel);

    public void Dispose() => _door.Dispose();

    /// <summary>A disk of the document as Firecracker's.</summary>
    internal static Drive Drive(int place, VmDisk disk) => new(
        string.Create(CultureInfo.InvariantCulture, $"d{place}"),
        disk.Path,
        IsRootDevice: false,
        IsReadOnly: !disk.IsWritable,
        disk is { IsWritable: true, IsThrownAway: false } ? CacheType.Writeback : CacheType.Unsafe);
}
