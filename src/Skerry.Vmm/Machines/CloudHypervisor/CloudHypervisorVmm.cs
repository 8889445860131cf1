using System.Globalization;
using System.Net.Sockets;
using Skerry.Contracts.Vmm;
using Skerry.Linux;
using Skerry.Linux.Network;
using Skerry.Vmm.Machines.Api;

namespace Skerry.Vmm.Machines.CloudHypervisor;

/// <summary>
/// Cloud Hypervisor: it is started without a machine, told by its API what the machine is, and to boot it. The first serial port is its standard
/// output, and its guest's agent comes by vsock. It ends when its guest switches itself off.
/// </summary>
internal sealed class CloudHypervisorVmm : IVmm
{
    private const string Api = "/api/v1/";
    private const int QueueSize = 512;
    private const int QueuesOfCard = 2; // one to receive, one to send

    private readonly VmDocument _vm;
    private readonly TimeProvider _clock;
    private readonly string _socket;
    private readonly AgentDoor _door;

    /// <exception cref="ArgumentException">It has none of what the document asks for.</exception>
    internal CloudHypervisorVmm(VmDocument vm, TimeProvider clock)
    {
        if (vm.Makes is not null || vm.Copies is not null || vm.Parks is not null || vm.Accelerator != VmDocument.Kvm)
        {
            throw new ArgumentException("Cloud Hypervisor has no emulation, and none of its machines is made a template of, or waits for a pod");
        }

        (_vm, _clock) = (vm, clock);
        _socket = Path.Combine(vm.Temporary, "control");
        File.Delete(_socket);
        _door = new AgentDoor(vm.Temporary);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Arguments => ["--api-socket", "path=" + _socket];

    /// <inheritdoc/>
    public bool PlacesDisks => false;

    /// <inheritdoc/>
    public async Task<IMachine> Begin(CancellationToken cancel)
    {
        var api = new VmmApi("Cloud Hypervisor", _socket, _clock);
        await api.Ready(cancel).ConfigureAwait(false);
        await api.Send("PUT", Api + "vm.create", Config(_vm, _door.Device), CloudHypervisorJson.Default.VmConfig, cancel).ConfigureAwait(false);
        if (_vm.Card is { } card)
        {
            using var tap = Attach(card.Tap);
            await api.Send("PUT", Api + "vm.add-net", new NetConfig("eth0", card.Mac, QueuesOfCard), CloudHypervisorJson.Default.NetConfig, cancel, [tap]).ConfigureAwait(false);
        }

        await api.Do(Api + "vm.boot", cancel).ConfigureAwait(false);
        return new CloudHypervisorMachine(api, _vm.MemoryMebibytes, _clock);
    }

    /// <inheritdoc/>
    public Task<NetworkStream> Guest(CancellationToken cancel) => _door.Enter(cancel);

    public void Dispose() => _door.Dispose();

    /// <summary>The machine of a document.</summary>
    internal static VmConfig Config(VmDocument vm, string vsock) => new()
    {
        Cpus = new CpusConfig(vm.Processors, vm.Processors),
        Memory = new MemoryConfig((long)vm.MemoryMebibytes << 20, Shared: vm.Share is not null),
        Payload = new PayloadConfig(vm.Kernel, vm.Initrd, vm.KernelParameters),
        Disks = [.. vm.Disks.Select(static (d, i) => new DiskConfig(d.Path, !d.IsWritable, d.Serial, string.Create(CultureInfo.InvariantCulture, $"d{i}"), ImageType.Raw))],
        Fs = vm.Share is { } share ? [new FsConfig(VmShare.Tag, share.Machine, 1, QueueSize)] : null,
        Balloon = new BalloonConfig(0, DeflateOnOom: false, FreePageReporting: true),
        Serial = new ConsoleConfig(ConsoleMode.Tty),
        Console = new ConsoleConfig(ConsoleMode.Off),
        Vsock = new VsockConfig(AgentDoor.Cid, vsock),
    };

    private static FileDescriptor Attach(string tap)
    {
        try
        {
            return TapDevice.Attach(tap, hasHeader: true);
        }
        catch (LinuxException error)
        {
            throw new IOException($"the tap of the machine's card: {error.Message}", error);
        }
    }
}
