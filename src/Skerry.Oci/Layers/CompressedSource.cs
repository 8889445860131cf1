namespace Skerry.Oci.Layers;

/// <summary>A blob whose first bytes were looked at already; counts what is taken and remembers whether the blob itself failed.</summary>
internal sealed class CompressedSource(Stream blob, ReadOnlyMemory<byte> head, bool leaveOpen) : Stream
{
    private ReadOnlyMemory<byte> _head = head;

    /// <summary>Bytes taken so far.</summary>
    public long Taken { get; private set; }

    /// <summary>Whether the blob threw, so that an error is not the decoder's.</summary>
    public bool Failed { get; private set; }

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => Taken;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (TryHead(buffer, out var read))
        {
            return read;
        }

        Failed = true;
        read = blob.Read(buffer);
        Failed = false;
        Taken += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (TryHead(buffer.Span, out var read))
        {
            return read;
        }

        Failed = true;
        read = await blob.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Failed = false;
        Taken += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !leaveOpen)
        {
            blob.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool TryHead(Span<byte> buffer, out int read)
    {
        read = Math.Min(buffer.Length, _head.Length);
        _head.Span[..read].CopyTo(buffer);
        _head = _head[read..];
        Taken += read;
        return read > 0 || buffer.IsEmpty;
    }
}
