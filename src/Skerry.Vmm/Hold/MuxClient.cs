using System.Threading.Channels;
using Skerry.Contracts.Ttrpc;

namespace Skerry.Vmm.Hold;

/// <summary>One client of the guest. What it has not read yet is bounded: who does not read is left.</summary>
internal sealed class MuxClient(Stream connection) : IAsyncDisposable
{
    /// <summary>Bytes that may wait: the credit of several streams. A client takes what comes and holds back by credit, not by not reading.</summary>
    private const int MaxWaitingBytes = 8 * TtrpcCredit.Window;

    private readonly Channel<byte[]> _outgoing = Channel.CreateUnbounded<byte[]>(new() { SingleReader = true });
    private int _waiting;

    internal Stream Connection => connection;

    /// <summary>Queues a frame. False: too much waits, or it has left; the caller drops the client.</summary>
    internal bool Send(byte[] frame) => Interlocked.Add(ref _waiting, frame.Length) <= MaxWaitingBytes && _outgoing.Writer.TryWrite(frame);

    /// <summary>Nothing more will be sent; what waits is still written.</summary>
    internal void Finish() => _outgoing.Writer.TryComplete();

    /// <summary>Writes what is queued until <see cref="Finish"/>, or until the client is gone.</summary>
    internal async Task Write(CancellationToken cancel)
    {
        try
        {
            await foreach (var frame in _outgoing.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
            {
                await connection.WriteAsync(frame, cancel).ConfigureAwait(false);
                Interlocked.Add(ref _waiting, -frame.Length);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // It is gone; reading finds that out too.
        }
    }

    /// <summary>Closes the connection now; whoever reads or writes it finds it gone.</summary>
    internal void Drop()
    {
        Finish();
        connection.Dispose();
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
