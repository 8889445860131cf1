using Google.Protobuf;
using Grpc.Core;
using Skerry.Linux.Processes;

namespace Skerry.Node.Api;

/// <summary>
/// The bytes of a caller's messages as one stream, read forward by one thread that may block: nothing is held but the message
/// that is being read, and a caller that is faster than the reader is held back by the connection.
/// </summary>
/// <param name="requests">Where messages come from; the first part that is read is the next message.</param>
/// <param name="bytesOf">The bytes of a message; throws where it holds something else.</param>
/// <param name="cancel">Ends a wait for the caller.</param>
internal sealed class CallerStream<T>(IAsyncStreamReader<T> requests, Func<T, ByteString> bytesOf, CancellationToken cancel) : ForwardStream
{
    private ReadOnlyMemory<byte> _rest;
    private bool _ended;

    /// <summary>Bytes that were read.</summary>
    internal long Count { get; private set; }

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        while (_rest.IsEmpty)
        {
            // On a thread of its own (see the importer): blocking it blocks nobody else.
            if (_ended || !ApartThread.Await(() => requests.MoveNext(cancel)))
            {
                _ended = true;
                return 0;
            }

            _rest = bytesOf(requests.Current).Memory;
        }

        var count = Math.Min(buffer.Length, _rest.Length);
        _rest.Span[..count].CopyTo(buffer);
        _rest = _rest[count..];
        Count += count;
        return count;
    }

    /// <summary>Takes what the caller still sends, so that it finds its own end and not a broken call.</summary>
    internal async Task Drain(long atMost)
    {
        while (!_ended && atMost > 0 && await requests.MoveNext(cancel).ConfigureAwait(false))
        {
            atMost -= bytesOf(requests.Current).Length;
        }
    }
}
