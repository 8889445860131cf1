using System.Security.Cryptography;

namespace Skerry.Oci.Archives;

/// <summary>Hashes what is read through it and keeps the first bytes.</summary>
internal sealed class HashingStream(Stream inner, IncrementalHash hash) : Stream
{
    private readonly byte[] _head = new byte[4];
    private int _headLength;

    public ReadOnlySpan<byte> Head => _head.AsSpan(0, _headLength);

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => throw new NotSupportedException();
    }

    /// <summary>Ends the hash.</summary>
    public byte[] Finish()
    {
        var result = hash.GetHashAndReset();
        hash.Dispose();
        return result;
    }

    public override int Read(Span<byte> buffer)
    {
        var read = inner.Read(buffer);
        hash.AppendData(buffer[..read]);
        var head = Math.Min(read, _head.Length - _headLength);
        buffer[..head].CopyTo(_head.AsSpan(_headLength));
        _headLength += head;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : ValueTask.FromResult(Read(buffer.Span));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
