using Google.Protobuf;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Copy;

/// <summary>The tar stream that goes into a container; blocks while the node has no room.</summary>
internal sealed class SendStream(NodeCall<CopyInRequest, CopyInResponse> call) : Stream
{
    private const int Chunk = 256 << 10;
    private readonly byte[] _buffer = new byte[Chunk];
    private int _length;

    /// <summary>The node ended the call before it had everything: what is written now goes nowhere.</summary>
    internal bool IsRefused { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var count = Math.Min(buffer.Length, Chunk - _length);
            buffer[..count].CopyTo(_buffer.AsSpan(_length));
            _length += count;
            buffer = buffer[count..];
            if (_length == Chunk)
            {
                Flush();
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        if (_length > 0 && !IsRefused)
        {
            IsRefused = !call.Send(new CopyInRequest { Tar = UnsafeByteOperations.UnsafeWrap(_buffer.AsMemory(0, _length)) });
        }

        _length = 0;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
