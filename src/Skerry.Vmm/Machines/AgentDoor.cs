using System.Globalization;
using System.Net.Sockets;
using Skerry.Contracts.Vmm;
using Skerry.Vmm.Hold;

namespace Skerry.Vmm.Machines;

/// <summary>
/// Where the agent of a guest comes in by vsock: the VMM hands each of the guest's calls of a port to a Unix socket whose name ends in the port's number
/// (docs/vsock.md of Firecracker and of Cloud Hypervisor). The first to come is the agent, before it runs anything; then the door goes, so that
/// nothing that runs in the guest can come in its place. The host calls nothing in the guest, and nothing listens there.
/// </summary>
internal sealed class AgentDoor : IDisposable
{
    /// <summary>The guest's address; 0 to 2 mean something else (vsock(7)).</summary>
    internal const int Cid = 3;

    private readonly string _path;
    private readonly Socket _waiting;

    /// <param name="temporary">A directory for sockets.</param>
    internal AgentDoor(string temporary)
    {
        Device = Path.Combine(temporary, "vsock");
        File.Delete(Device);
        _path = string.Create(CultureInfo.InvariantCulture, $"{Device}_{VmDocument.AgentPort}");
        _waiting = Rendezvous.Listen(_path);
    }

    /// <summary>The path that the VMM is given for its vsock device.</summary>
    internal string Device { get; }

    /// <summary>The agent.</summary>
    internal async Task<NetworkStream> Enter(CancellationToken cancel)
    {
        var agent = await Rendezvous.Accept(_waiting, cancel).ConfigureAwait(false);
        Dispose();
        return agent;
    }

    public void Dispose()
    {
        _waiting.Dispose();
        File.Delete(_path);
    }
}
