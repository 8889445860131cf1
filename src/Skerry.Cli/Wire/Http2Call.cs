using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Skerry.Cli.Wire;

/// <summary>
/// One gRPC call on a connection of its own: HTTP/2 (RFC 9113) with exactly one stream, by blocking system calls. The
/// general client of the base library costs 5 ms at start, more than everything else that the command line does.
/// What must hold:
/// <list type="bullet">
/// <item>One thread, the one that made it, reads (<see cref="Receive"/>); any thread may send.</item>
/// <item>Nothing is buffered without bound: the peer may send 1 MiB beyond what was received, and <see cref="Send"/>
/// blocks until the peer has room.</item>
/// <item>The preface, the request headers and the first message leave in one system call.</item>
/// </list>
/// </summary>
internal sealed class Http2Call : IDisposable
{
    /// <summary>How many bytes the peer may be ahead of the reader.</summary>
    internal const int Window = 1 << 20;

    /// <summary>The largest message that is accepted.</summary>
    internal const int LargestMessage = 64 << 20;

    private const int DefaultWindow = 65535; // RFC 9113, 6.9.2
    private const int LargestFrame = 16384; // SETTINGS_MAX_FRAME_SIZE that this side never raises
    private const int Prefix = 5; // gRPC: one octet of flags, four of length
    private const int LargestHeaderBlock = 64 << 10;
    private static readonly TimeSpan Politeness = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly object _gate = new(); // guards everything on the sending side: windows, _pending, the order of frames
    private readonly int _reader = Environment.CurrentManagedThreadId;
    private readonly HpackDecoder _hpack = new();
    private readonly List<(string Name, string Value)> _headers = [];
    private readonly byte[] _frame = new byte[LargestFrame];
    private readonly byte[] _head = new byte[FrameHead.Size];
    private readonly byte[] _received = new byte[64 << 10];
    private int _receivedStart;
    private int _receivedEnd;
    private byte[] _data = new byte[32 << 10]; // message bytes, from _dataStart to _dataEnd
    private int _dataStart;
    private int _dataEnd;
    private int _unacknowledged;
    private FrameWriter? _pending = new();
    private long _connectionWindow = DefaultWindow;
    private long _streamWindow = DefaultWindow;
    private int _peerInitialWindow = DefaultWindow;
    private int _peerFrame = LargestFrame;
    private bool _remoteClosed;
    private bool _localClosed;
    private bool _disposed;

    /// <summary>Takes over a connected socket and prepares a call of <paramref name="path"/>; nothing is sent yet.</summary>
    internal Http2Call(Socket socket, string path)
    {
        _socket = socket;
        _pending.Open(path, Window);
    }

    /// <summary>The response's header and trailer fields so far.</summary>
    internal IReadOnlyList<(string Name, string Value)> Headers => _headers;

    /// <summary>Sends one message, and ends this side when it is the <paramref name="last"/>.</summary>
    /// <returns>False when the peer has already ended the call: <see cref="Receive"/> has its answer.</returns>
    /// <exception cref="WireException">The connection broke.</exception>
    internal bool Send(ReadOnlySpan<byte> message, bool last)
    {
        var framed = new byte[Prefix + message.Length];
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(1), (uint)message.Length);
        message.CopyTo(framed.AsSpan(Prefix));
        return SendData(framed, last);
    }

    /// <summary>Ends this side of the call.</summary>
    internal void CompleteSending()
    {
        lock (_gate)
        {
            if (_localClosed || _remoteClosed || _disposed)
            {
                return;
            }

            _localClosed = true;
            var frames = Pending();
            frames.Data([], last: true);
            Write(frames);
        }
    }

    /// <summary>Waits for the next message.</summary>
    /// <returns>The message, valid until the next call; or null at the end of the call (see <see cref="Headers"/>).</returns>
    /// <exception cref="WireException">The connection or the protocol broke.</exception>
    internal ArraySegment<byte>? Receive()
    {
        FlushPending();
        Acknowledge();
        while (true)
        {
            var available = _dataEnd - _dataStart;
            if (available >= Prefix)
            {
                var length = MessageLength();
                if (available >= Prefix + length)
                {
                    var message = new ArraySegment<byte>(_data, _dataStart + Prefix, length);
                    _dataStart += Prefix + length;
                    return message;
                }

                // A message larger than the window: room must be given before it is whole.
                Acknowledge();
            }

            if (_remoteClosed)
            {
                return available == 0 ? null : throw new WireException("the node ended the call inside a message");
            }

            ReadFrame();
        }
    }

    /// <summary>Gives the call up: the peer is told, and this object is of no further use.</summary>
    public void Dispose()
    {
        // A sender that the peer does not read from may hold the gate; closing the socket wakes it.
        var polite = Monitor.TryEnter(_gate, Politeness);
        try
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            if (polite && _pending is null && (!_remoteClosed || !_localClosed))
            {
                var frames = new FrameWriter();
                frames.Reset(FrameHead.Cancel);
                _socket.Send(frames.Written);
            }
        }
        catch (SocketException)
        {
            // The peer has gone; it needs no word from here.
        }
        finally
        {
            if (polite)
            {
                Monitor.PulseAll(_gate);
                Monitor.Exit(_gate);
            }
        }

        _socket.Dispose();
    }

    private int MessageLength()
    {
        if (_data[_dataStart] != 0)
        {
            throw new WireException("the node sent a compressed message that was not asked for");
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(_data.AsSpan(_dataStart + 1));
        return length <= LargestMessage
            ? (int)length
            : throw new WireException($"the node sent a message of {length} bytes; at most {LargestMessage} are accepted");
    }

    private bool SendData(ReadOnlySpan<byte> data, bool last)
    {
        do
        {
            int room;
            lock (_gate)
            {
                if (_remoteClosed || _localClosed || _disposed)
                {
                    return false;
                }

                // A peer that shrinks its window can make it negative (RFC 9113, 6.9.2).
                room = (int)Math.Max(0, Math.Min(Math.Min(_connectionWindow, _streamWindow), Math.Min(_peerFrame, data.Length)));
                if (room > 0 || data.Length == 0)
                {
                    var frames = Pending();
                    frames.Data(data[..room], last && room == data.Length);
                    _localClosed = last && room == data.Length;
                    _connectionWindow -= room;
                    _streamWindow -= room;
                    Write(frames);
                    data = data[room..];
                    continue;
                }

                if (Environment.CurrentManagedThreadId != _reader)
                {
                    Monitor.Wait(_gate);
                    continue;
                }
            }

            // The reading thread itself waits for room: what arrives meanwhile is kept, at most one window of it.
            ReadFrame();
        }
        while (data.Length > 0);

        return true;
    }

    // Everything below runs on the reading thread.

    private void ReadFrame()
    {
        Fill(_head);
        var head = FrameHead.Parse(_head);
        if (head.Length > LargestFrame)
        {
            throw new WireException($"HTTP/2: a frame of {head.Length} bytes where {LargestFrame} are allowed");
        }

        var payload = _frame.AsSpan(0, head.Length);
        Fill(payload);
        switch (head.Type)
        {
            case FrameHead.DataType when head.Stream == 1:
                _unacknowledged += payload.Length;
                Append(head.Unpad(payload));
                EndIf(head.EndStream);
                break;
            case FrameHead.HeadersType when head.Stream == 1:
                ReadHeaders(head, head.Unpad(payload));
                EndIf(head.EndStream);
                break;
            case FrameHead.ResetType when head.Stream == 1 && payload.Length == 4:
                var code = BinaryPrimitives.ReadUInt32BigEndian(payload);
                if (code != 0 && !_headers.Exists(static h => h.Name == "grpc-status"))
                {
                    throw new WireException($"the node gave the call up (HTTP/2 error {code})");
                }

                EndIf(true);
                break;
            case FrameHead.SettingsType when (head.Flags & FrameHead.Acknowledged) == 0:
                ReadSettings(payload);
                break;
            case FrameHead.PingType when (head.Flags & FrameHead.Acknowledged) == 0 && payload.Length == 8:
                lock (_gate)
                {
                    var frames = new FrameWriter();
                    frames.Pong(payload);
                    Write(frames);
                }

                break;
            case FrameHead.GoAwayType when payload.Length >= 8 && BinaryPrimitives.ReadUInt32BigEndian(payload) == 0:
                throw new WireException($"the node refuses calls (HTTP/2 error {BinaryPrimitives.ReadUInt32BigEndian(payload[4..])}): {Encoding.UTF8.GetString(payload[8..])}");
            case FrameHead.WindowType when payload.Length == 4:
                var more = BinaryPrimitives.ReadUInt32BigEndian(payload) & int.MaxValue;
                lock (_gate)
                {
                    _ = head.Stream == 0 ? _connectionWindow += more : _streamWindow += more;
                    Monitor.PulseAll(_gate);
                }

                break;
            case FrameHead.PushType or FrameHead.ContinuationType:
                throw new WireException($"HTTP/2: an unexpected frame of type {head.Type}");
        }
    }

    private void ReadHeaders(FrameHead head, ReadOnlySpan<byte> fragment)
    {
        if (head.EndHeaders)
        {
            _hpack.Decode(fragment, _headers);
            return;
        }

        var block = new List<byte>(fragment.ToArray());
        for (var more = true; more;)
        {
            Fill(_head);
            var next = FrameHead.Parse(_head);
            if (next.Type != FrameHead.ContinuationType || next.Stream != head.Stream || next.Length > LargestFrame
                || block.Count + next.Length > LargestHeaderBlock)
            {
                throw new WireException("HTTP/2: a header block that does not go on as it must");
            }

            var payload = _frame.AsSpan(0, next.Length);
            Fill(payload);
            block.AddRange(payload);
            more = !next.EndHeaders;
        }

        _hpack.Decode(block.ToArray(), _headers);
    }

    private void ReadSettings(ReadOnlySpan<byte> payload)
    {
        lock (_gate)
        {
            for (; payload.Length >= 6; payload = payload[6..])
            {
                var value = BinaryPrimitives.ReadUInt32BigEndian(payload[2..]);
                switch (BinaryPrimitives.ReadUInt16BigEndian(payload))
                {
                    case FrameHead.InitialWindowSetting when value <= int.MaxValue:
                        _streamWindow += (int)value - _peerInitialWindow;
                        _peerInitialWindow = (int)value;
                        break;
                    case FrameHead.MaxFrameSetting when value is >= LargestFrame and < 1 << 24:
                        _peerFrame = (int)value;
                        break;
                }
            }

            var frames = new FrameWriter();
            frames.AcknowledgeSettings();
            Write(frames);
            Monitor.PulseAll(_gate);
        }
    }

    private void EndIf(bool end)
    {
        if (end)
        {
            lock (_gate)
            {
                _remoteClosed = true;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_dataStart == _dataEnd)
        {
            _dataStart = _dataEnd = 0;
        }

        if (_dataEnd + bytes.Length > _data.Length)
        {
            var kept = _dataEnd - _dataStart;
            var target = kept + bytes.Length > _data.Length ? new byte[Math.Max(_data.Length * 2, kept + bytes.Length)] : _data;
            _data.AsSpan(_dataStart, kept).CopyTo(target);
            _data = target;
            _dataStart = 0;
            _dataEnd = kept;
        }

        bytes.CopyTo(_data.AsSpan(_dataEnd));
        _dataEnd += bytes.Length;
    }

    private void Acknowledge()
    {
        if (_unacknowledged < Window / 2 || _remoteClosed)
        {
            return;
        }

        lock (_gate)
        {
            var frames = new FrameWriter();
            frames.Window(0, _unacknowledged);
            frames.Window(1, _unacknowledged);
            Write(frames);
        }

        _unacknowledged = 0;
    }

    private void Fill(Span<byte> target)
    {
        while (target.Length > 0)
        {
            if (_receivedStart == _receivedEnd)
            {
                _receivedStart = 0;
                _receivedEnd = Read();
            }

            var count = Math.Min(target.Length, _receivedEnd - _receivedStart);
            _received.AsSpan(_receivedStart, count).CopyTo(target);
            _receivedStart += count;
            target = target[count..];
        }
    }

    private int Read()
    {
        try
        {
            var count = _socket.Receive(_received);
            return count > 0 ? count : throw new WireException("the node closed the connection before it had answered");
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new WireException($"the connection to the node broke: {e.Message}", e);
        }
    }

    private void FlushPending()
    {
        lock (_gate)
        {
            if (_pending is not null)
            {
                Write(Pending());
            }
        }
    }

    private FrameWriter Pending()
    {
        var frames = _pending ?? new FrameWriter();
        _pending = null;
        return frames;
    }

    private void Write(FrameWriter frames)
    {
        try
        {
            _socket.Send(frames.Written); // blocks until all is taken over
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException && _reader != Environment.CurrentManagedThreadId)
        {
            _localClosed = true; // the reading thread finds out why
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new WireException($"the connection to the node broke: {e.Message}", e);
        }
    }
}
