using System.Buffers;
using Skerry.Contracts.Ttrpc;
using Skerry.Guest.Boot;
using Skerry.Guest.Loop;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Watches;

namespace Skerry.Guest.Wire;

/// <summary>
/// The stream to the host: a virtio-serial port, or a call by vsock. What is to be sent is gathered and goes out before the loop waits; the credit of streams bounds
/// it. When the host closes its end every call is told, what was not sent is dropped, and the next host begins anew.
/// </summary>
internal sealed class AgentPort : IBufferWriter<byte>
{
    private const int Usual = 64 * 1024;
    private const int ReconnectMilliseconds = 20;

    private readonly EventLoop _loop;
    private FileDescriptor _port;
    private TtrpcFrameReader _reader = new();
    private byte[] _pending = new byte[Usual];
    private int _start;
    private int _end;
    private bool _isBlocked;
    private bool _isHere;

    public AgentPort(EventLoop loop, string name)
    {
        _loop = loop;
        _port = HostCall.Open(loop, name);
    }

    /// <summary>Called with each frame.</summary>
    public required Action<TtrpcFrame> Received { get; init; }

    /// <summary>Whether a frame is the first of another host, whose predecessor's end was not seen: one was gone and the next there between two looks.</summary>
    public required Func<TtrpcFrame, bool> IsAnothers { get; init; }

    /// <summary>Called when the host has closed its end.</summary>
    public required Action Broken { get; init; }

    /// <summary>Whether everything has been handed to the kernel.</summary>
    public bool IsFlushed => _start == _end;

    /// <summary>Begins to read.</summary>
    public void Open()
    {
        _isHere = true;
        _isBlocked = false;
        _loop.Add(_port, Interest.Read, Ready);
    }

    /// <summary>Hands to the kernel what it takes now.</summary>
    public void Flush()
    {
        if (!_isHere || _isBlocked)
        {
            return;
        }

        while (_start < _end)
        {
            var count = ByteFlow.TryWrite(_port, _pending.AsSpan(_start, Math.Min(_end - _start, 32 * 1024)));
            if (count is null or 0)
            {
                _isBlocked = true;
                _loop.Change(_port, Interest.Read | Interest.Write);
                return;
            }

            _start += count.Value;
        }

        _start = _end = 0;
        if (_pending.Length > Usual)
        {
            _pending = new byte[Usual];
        }
    }

    /// <inheritdoc/>
    public void Advance(int count) => _end += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        var needed = Math.Max(sizeHint, 1);
        if (_pending.Length - _end < needed)
        {
            var held = _end - _start;
            var buffer = _pending.Length - held < needed ? new byte[Math.Max(_pending.Length * 2, held + needed)] : _pending;
            _pending.AsSpan(_start, held).CopyTo(buffer);
            (_pending, _start, _end) = (buffer, 0, held);
        }

        return _pending.AsMemory(_end);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    private void Ready(Interest came)
    {
        if (came.HasFlag(Interest.Write) && _isBlocked)
        {
            _isBlocked = false;
            _loop.Change(_port, Interest.Read);
        }

        try
        {
            // What the first read of another host brought.
            Take();

            // Bounded, so that a host that sends without end does not keep the loop from the rest.
            for (var round = 0; round < 16; round++)
            {
                var count = ByteFlow.TryRead(_port, _reader.Room().Span);
                if (count is null)
                {
                    break;
                }

                if (count == 0)
                {
                    Break();
                    return;
                }

                _reader.Filled(count.Value);
                Take();
            }
        }
        catch (TtrpcException error)
        {
            // Nothing after this can be told apart. The host finds its calls without an answer and closes.
            KernelLog.Error(error.Message);
            Break();
        }
    }

    private void Take()
    {
        while (_reader.TryRead(out var frame))
        {
            if (IsAnothers(frame))
            {
                Broken();
                _start = _end = 0;
            }

            Received(frame);
        }
    }

    private void Break()
    {
        _loop.Remove(_port);
        _isHere = false;
        Broken();
        _start = _end = 0;
        _reader = new TtrpcFrameReader();
        _loop.After(ReconnectMilliseconds, Reconnect);
    }

    /// <summary>A port whose host is away reads as its end at once, each time: so it is asked now and then. A call is made again.</summary>
    private void Reconnect()
    {
        if (BootWords.HasVsock)
        {
            if (HostCall.Again() is not { } again)
            {
                _loop.After(ReconnectMilliseconds, Reconnect);
                return;
            }

            _port.Dispose();
            _port = again;
        }

        var count = ByteFlow.TryRead(_port, _reader.Room().Span);
        if (count == 0)
        {
            _loop.After(ReconnectMilliseconds, Reconnect);
            return;
        }

        Open();
        if (count is { } came)
        {
            _reader.Filled(came);
            Ready(Interest.None);
        }
    }
}
