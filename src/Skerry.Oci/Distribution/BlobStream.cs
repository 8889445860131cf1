namespace Skerry.Oci.Distribution;

/// <summary>A response body of a promised length that must keep moving.</summary>
/// <remarks>Ends after exactly the promised bytes; a body that ends early, goes on, or stalls is a <see cref="RegistryException"/>. One reader.</remarks>
internal sealed class BlobStream : Stream
{
    private readonly Stream _body;
    private readonly string _step;
    private readonly string _endpoint;
    private readonly long _length;
    private readonly TimeSpan _stall;
    private readonly CancellationTokenSource _deadline;
    private long _position;
    private bool _ended;

    public BlobStream(Stream body, string step, string endpoint, long length, TimeSpan stall, TimeProvider time)
    {
        (_body, _step, _endpoint, _length, _stall) = (body, step, endpoint, length, stall);
        _deadline = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
    }

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => _length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || _ended)
        {
            return 0;
        }

        if (_position == _length)
        {
            // more than promised?
            if (await MoveAsync(new byte[1], cancellationToken).ConfigureAwait(false) > 0)
            {
                throw new RegistryException(_step, RegistryFailure.Integrity, $"it sends more than the {_length} bytes that are due", _endpoint);
            }

            _ended = true;
            return 0;
        }

        var most = (int)Math.Min(buffer.Length, _length - _position);
        var read = await MoveAsync(buffer[..most], cancellationToken).ConfigureAwait(false);
        _position += read;
        return read > 0
            ? read
            : throw new RegistryException(_step, RegistryFailure.Unreachable, $"the connection ended after {_position} of {_length} bytes", _endpoint);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _body.Dispose();
            _deadline.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> MoveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        _deadline.CancelAfter(_stall);
        await using var stop = cancellationToken.UnsafeRegister(static d => ((CancellationTokenSource)d!).Cancel(), _deadline);
        try
        {
            var read = await _body.ReadAsync(buffer, _deadline.Token).ConfigureAwait(false);
            _deadline.CancelAfter(Timeout.InfiniteTimeSpan);
            return read;
        }
        catch (OperationCanceledException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new RegistryException(_step, RegistryFailure.Timeout, $"nothing came for {_stall.TotalSeconds:0.###} s after {_position} of {_length} bytes", _endpoint, e);
        }
        catch (IOException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw _deadline.IsCancellationRequested
                ? new RegistryException(_step, RegistryFailure.Timeout, $"nothing came for {_stall.TotalSeconds:0.###} s after {_position} of {_length} bytes", _endpoint, e)
                : new RegistryException(_step, RegistryFailure.Unreachable, $"the connection broke after {_position} of {_length} bytes: {e.Message}", _endpoint, e);
        }
    }
}
