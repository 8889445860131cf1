using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Copy;

/// <summary>The tar stream that comes out of a container, for reading once from start to end.</summary>
internal sealed class ReceiveStream(NodeCall<CopyOutRequest, CopyOutResponse> call) : Stream
{
    private ReadOnlyMemory<byte> _rest;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        while (_rest.Length == 0)
        {
            if (call.Receive() is not { } word)
            {
                return 0;
            }

            _rest = word.Tar.Memory;
        }

        var count = Math.Min(buffer.Length, _rest.Length);
        _rest.Span[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
