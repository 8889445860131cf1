using System.Threading.Channels;
using Skerry.Contracts.Ttrpc;
using Skerry.Linux.Terminals;

namespace Skerry.Vmm.Carry;

/// <summary>
/// What comes out of a container, to standard output and error, in the order in which it came. What waits is bounded by the guest's credit,
/// which is given back when bytes were taken; so who does not read holds the program back, and nothing else.
/// </summary>
internal sealed class Outlet
{
    private readonly Channel<(int Stream, byte[] Bytes)> _waiting = Channel.CreateUnbounded<(int, byte[])>(new() { SingleReader = true });
    private readonly Lock _lock = new(); // guards _credit
    private readonly TtrpcCredit _credit = new();
    private readonly Action<uint> _giveBack;

    /// <param name="giveBack">Tells the guest that so many bytes were taken.</param>
    internal Outlet(Action<uint> giveBack)
    {
        _giveBack = giveBack;
        Done = Task.Factory.StartNew(Write, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Everything was written, or nobody reads any more.</summary>
    internal Task Done { get; }

    /// <summary>Takes bytes from the guest.</summary>
    /// <exception cref="TtrpcException">The guest sends more than it may.</exception>
    internal void Add(int stream, byte[] bytes)
    {
        lock (_lock)
        {
            _credit.Receive(bytes.Length);
        }

        _waiting.Writer.TryWrite((stream, bytes));
    }

    /// <summary>Nothing more comes.</summary>
    internal void End() => _waiting.Writer.TryComplete();

    private void Write()
    {
        Span<bool> closed = stackalloc bool[StandardStream.Error + 1];
        while (_waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_waiting.Reader.TryRead(out var piece))
            {
                // Nobody reads it any more: the program goes on, as it would with a pipe that its reader left to somebody else.
                closed[piece.Stream] = closed[piece.Stream] || !StandardStream.Write(piece.Stream, piece.Bytes);
                uint back;
                lock (_lock)
                {
                    back = _credit.Consume(piece.Bytes.Length);
                }

                if (back > 0)
                {
                    _giveBack(back);
                }
            }
        }
    }
}
