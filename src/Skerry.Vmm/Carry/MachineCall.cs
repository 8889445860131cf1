using System.Net.Sockets;
using Skerry.Vmm.Hold;

namespace Skerry.Vmm.Carry;

/// <summary>Calls a machine's holder, which may be starting just now.</summary>
internal static class MachineCall
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(4);

    /// <exception cref="IOException">Nobody holds the machine.</exception>
    internal static async Task<NetworkStream> Connect(TimeProvider clock)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return await Rendezvous.Call(CarryTask.Machine, CancellationToken.None).ConfigureAwait(false);
            }
            catch (SocketException error) when (error.SocketErrorCode is not SocketError.AddressNotAvailable || clock.GetElapsedTime(began) >= Patience)
            {
                throw new IOException($"the microVM of this pod does not run ({CarryTask.Machine}: {error.Message})", error);
            }
            catch (SocketException)
            {
                await Task.Delay(Pause, clock).ConfigureAwait(false);
            }
        }
    }
}
