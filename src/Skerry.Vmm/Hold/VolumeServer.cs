using System.Net.Sockets;
using Skerry.Contracts.Vmm;

namespace Skerry.Vmm.Hold;

/// <summary>The server of a machine's volumes, as the machine's holder knows it: it serves one VMM, and lasts as long as this call.</summary>
internal sealed class VolumeServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(4);
    private readonly NetworkStream _call;

    private VolumeServer(NetworkStream call)
    {
        _call = call;
        Ended = Closed();
    }

    /// <summary>It is gone: the guest's calls to its volumes are answered by nobody.</summary>
    internal Task Ended { get; }

    /// <summary>Has a server made for one VMM; its jail may be starting just now.</summary>
    /// <exception cref="IOException">There is none.</exception>
    internal static async Task<VolumeServer> Call(VmShare share, TimeProvider clock)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            try
            {
                var call = await Rendezvous.Call(share.Holder, CancellationToken.None).ConfigureAwait(false);
                return call.ReadByte() == VmShare.Ready ? new VolumeServer(call) : throw new IOException("the server of the pod's volumes could not be started; its log says why");
            }
            catch (SocketException) when (clock.GetElapsedTime(began) < Patience)
            {
                await Task.Delay(Pause, clock).ConfigureAwait(false);
            }
            catch (SocketException error)
            {
                throw new IOException($"the server of the pod's volumes does not run ({share.Holder}: {error.Message})", error);
            }
        }
    }

    public ValueTask DisposeAsync() => _call.DisposeAsync();

    private async Task Closed()
    {
        try
        {
            await _call.ReadExactlyAsync(new byte[1]).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // It closed its end, or was killed.
        }
    }
}
