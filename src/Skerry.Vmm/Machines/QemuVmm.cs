using System.Net.Sockets;
using Skerry.Contracts.Vmm;
using Skerry.Vmm.Hold;

namespace Skerry.Vmm.Machines;

/// <summary>QEMU: it connects to two sockets of the holder's, one for its control and one for the agent's virtio port, and begins by its command line.</summary>
internal sealed class QemuVmm : IVmm
{
    private readonly Socket _waiting;
    private readonly Socket _controlling;
    private readonly TimeProvider _clock;

    internal QemuVmm(VmDocument vm, TimeProvider clock)
    {
        _clock = clock;
        var agent = Path.Combine(vm.Temporary, "agent");
        var control = Path.Combine(vm.Temporary, "control");
        Arguments = QemuCommand.Arguments(vm, agent, control);
        _waiting = Rendezvous.Listen(agent);
        _controlling = Rendezvous.Listen(control);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Arguments { get; }

    /// <inheritdoc/>
    public bool PlacesDisks => false;

    /// <inheritdoc/>
    public async Task<IMachine> Begin(CancellationToken cancel) => await MachineControl.Take(_controlling, _clock, cancel).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<NetworkStream> Guest(CancellationToken cancel) => Rendezvous.Accept(_waiting, cancel);

    public void Dispose()
    {
        _waiting.Dispose();
        _controlling.Dispose();
    }
}
