using System.Collections.Concurrent;
using System.Security.Cryptography;
using Skerry.Oci;

namespace Skerry.Node.Images.Layers;

/// <summary>
/// Decompresses and hashes on a thread of its own, a few buffers ahead of who reads: unpacking one large layer then keeps
/// two cores busy.
/// </summary>
/// <remarks>Owns the source. One reader thread. The digest is known once <see cref="Read(Span{byte})"/> gave 0.</remarks>
internal sealed class HashAhead : Stream
{
    private const int Buffers = 4;
    private const int BufferSize = 256 * 1024;

    private readonly Stream _source;
    private readonly string _algorithm;
    private readonly IncrementalHash _hash;
    private readonly BlockingCollection<(byte[] Bytes, int Length)> _full = new(Buffers);
    private readonly BlockingCollection<byte[]> _free = new(Buffers);
    private readonly CancellationTokenSource _stop;
    private readonly Task _pump;
    private byte[]? _current;
    private int _length;
    private int _at;
    private long _position;

    /// <param name="source">What is read; disposed with this.</param>
    /// <param name="like">A digest of the algorithm to hash with.</param>
    /// <param name="ct">Ends the reading.</param>
    public HashAhead(Stream source, Digest like, CancellationToken ct)
    {
        _source = source;
        _algorithm = like.Algorithm;
        _hash = like.CreateHash();
        _stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        for (int i = 0; i < Buffers; i++)
        {
            _free.Add(GC.AllocateUninitializedArray<byte>(BufferSize), CancellationToken.None);
        }

        _pump = Task.Factory.StartNew(Pump, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>Digest of everything; only after the end was read.</summary>
    public Digest Finish()
    {
        _pump.GetAwaiter().GetResult();
        return Digest.OfHash(_algorithm, _hash.GetHashAndReset());
    }

    public override int Read(Span<byte> buffer)
    {
        if (_current is null || _at == _length)
        {
            if (_current is not null)
            {
                _free.Add(_current, CancellationToken.None);
                _current = null;
            }

            if (!_full.TryTake(out var next, Timeout.Infinite, CancellationToken.None))
            {
                // The end, or what stopped the pump.
                _pump.GetAwaiter().GetResult();
                return 0;
            }

            (_current, _length) = next;
            _at = 0;
        }

        int n = Math.Min(buffer.Length, _length - _at);
        _current.AsSpan(_at, n).CopyTo(buffer);
        _at += n;
        _position += n;
        return n;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

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
            _stop.Cancel();
            ((IAsyncResult)_pump).AsyncWaitHandle.WaitOne();
            _ = _pump.Exception;
            _source.Dispose();
            _hash.Dispose();
            _full.Dispose();
            _free.Dispose();
            _stop.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Pump()
    {
        try
        {
            while (true)
            {
                byte[] buffer = _free.Take(_stop.Token);
                int n = _source.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
                _hash.AppendData(buffer, 0, n);
                if (n > 0)
                {
                    _full.Add((buffer, n), _stop.Token);
                }

                if (n < buffer.Length)
                {
                    return;
                }
            }
        }
        finally
        {
            _full.CompleteAdding();
        }
    }
}
