using Google.Protobuf;
using Skerry.Linux.Processes;

namespace Skerry.Node.Api;

/// <summary>A stream whose bytes go to a caller in messages of one size; a caller that does not read holds the writer back.</summary>
internal sealed class AnswerStream(Func<ByteString, Task> write, CancellationToken cancel) : ForwardStream
{
    private const int MessageSize = 128 * 1024;
    private readonly byte[] _buffer = new byte[MessageSize];
    private int _filled;

    public override bool CanWrite => true;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var count = Math.Min(buffer.Length, MessageSize - _filled);
            buffer[..count].CopyTo(_buffer.AsSpan(_filled));
            buffer = buffer[count..];
            _filled += count;
            if (_filled == MessageSize)
            {
                Send();
            }
        }
    }

    /// <summary>Nothing: a small write is no message. <see cref="Complete"/> sends the rest.</summary>
    public override void Flush()
    {
    }

    /// <summary>Sends the rest.</summary>
    internal void Complete()
    {
        if (_filled > 0)
        {
            Send();
        }
    }

    private void Send()
    {
        cancel.ThrowIfCancellationRequested();
        var message = ByteString.CopyFrom(_buffer, 0, _filled);
        ApartThread.Await(async () =>
        {
            await write(message).ConfigureAwait(false);
            return true;
        });
        _filled = 0;
    }
}
