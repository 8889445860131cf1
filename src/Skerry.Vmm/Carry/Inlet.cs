using Google.Protobuf;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Ttrpc;
using Skerry.Linux.Terminals;

namespace Skerry.Vmm.Carry;

/// <summary>Standard input to a container, as far as the guest's credit goes.</summary>
internal sealed class Inlet(Func<StreamInput, Task> send)
{
    private const int MostAtOnce = 32 * 1024; // guest.proto
    private readonly Lock _lock = new(); // guards _credit
    private readonly TtrpcCredit _credit = new();
    private readonly SemaphoreSlim _returned = new(0);

    /// <summary>Begins to read. The thread ends with the process: a read that waits cannot be called back.</summary>
    internal void Begin() => new Thread(Read) { IsBackground = true, Name = "input" }.Start();

    /// <summary>The guest has taken bytes.</summary>
    /// <exception cref="TtrpcException">More than it was sent.</exception>
    internal void Return(uint count)
    {
        lock (_lock)
        {
            _credit.Return(count);
        }

        _returned.Release();
    }

    private void Read()
    {
        var buffer = new byte[MostAtOnce];
        try
        {
            int count;
            while ((count = StandardStream.Read(StandardStream.In, buffer)) > 0)
            {
                Spend(count);
                send(new StreamInput { Stdin = ByteString.CopyFrom(buffer, 0, count) }).GetAwaiter().GetResult();
            }

            send(new StreamInput { StdinClosed = true }).GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The machine is gone; the carrier ends with it.
        }
    }

    private void Spend(int count)
    {
        while (true)
        {
            lock (_lock)
            {
                if (_credit.Available >= count)
                {
                    _credit.Spend(count);
                    return;
                }
            }

            _returned.Wait();
        }
    }
}
