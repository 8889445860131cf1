using System.Net.Sockets;

namespace Skerry.Vmm.Machines;

/// <summary>
/// What a holder needs of a VMM: how it is started, how its machine begins, and where the guest's agent comes in. The holder is the VMM's parent and
/// ends it; what it prints is the guest's console. Made before the VMM is started, so that nothing which the guest does comes too early.
/// </summary>
internal interface IVmm : IDisposable
{
    /// <summary>Arguments of its program.</summary>
    IReadOnlyList<string> Arguments { get; }

    /// <summary>The guest finds its disks by their places and not by serial numbers of ours.</summary>
    bool PlacesDisks { get; }

    /// <summary>What an exit code of its program means that is its own; null: what it means everywhere.</summary>
    string? Ending(int code) => null;

    /// <summary>Takes control of it once it was started, and has its machine begin; a copy of a template waits for <see cref="IMachine.Load"/>.</summary>
    /// <exception cref="IOException">It refused something, with its own words; or it is gone, or is none.</exception>
    Task<IMachine> Begin(CancellationToken cancel);

    /// <summary>The guest's agent, when it has connected. Nobody is let in after it: what it runs cannot come in its place.</summary>
    Task<NetworkStream> Guest(CancellationToken cancel);
}
