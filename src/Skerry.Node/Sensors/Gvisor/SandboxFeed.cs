using System.Buffers.Binary;
using Skerry.Linux;
using Skerry.Linux.Bpf;
using Skerry.Linux.Network;

namespace Skerry.Node.Sensors.Gvisor;

/// <summary>
/// What one sandbox tells: a socket of its own on which the node listens, and the ends of it that gVisor's remote sink writes to (pkg/sentry/seccheck/sinks/remote).
/// A message belongs to the container that the socket was made for, whatever it says.
/// <list type="number">
/// <item>Listening: <c>runsc</c> calls, says its version, and is answered.</item>
/// <item>Waiting: the container is not known yet; what is told stays in the socket.</item>
/// <item>Told: each message is a head, then a point. When the session is made anew another end is called before the old one is closed.</item>
/// </list>
/// </summary>
/// <remarks>Belongs to the sensor's thread, but for the counters.</remarks>
internal sealed class SandboxFeed : IDisposable
{
    /// <summary>Longest message; a longer one counts as lost.</summary>
    internal const int LongestMessage = 128 << 10;

    private const int MostEnds = 3;
    private const int MostAtOnce = 256;
    private const long LongestTurn = 2_000_000; // nanoseconds after which others are read
    private const long LongestASecond = 500_000_000; // nanoseconds of each second that its messages may take of the thread that reads all
    private const int HeadSize = 8; // wire.HeaderStructSize

    private static readonly byte[] Handshake = [0x08, 0x01]; // version 1 (common.proto)

    private readonly List<FeedEnd> _ends = [];
    private PointTranslator? _translator;
    private ShareOfSecond _turns;
    private ShareOfSecond _time;
    private long _told;
    private long _lost;
    private long _unreadable;
    private long _connected;
    private bool _begun; // an end has greeted

    /// <param name="id">The container.</param>
    /// <param name="path">Where to listen.</param>
    /// <exception cref="LinuxException">It cannot.</exception>
    internal SandboxFeed(string id, string path)
    {
        (Id, Path) = (id, path);
        Listener = MessageSocket.Listen(path);
    }

    /// <summary>The container.</summary>
    internal string Id { get; }

    /// <summary>Where it listens.</summary>
    internal string Path { get; }

    /// <summary>Readable while somebody calls.</summary>
    internal FileDescriptor Listener { get; }

    /// <summary>Messages that were told.</summary>
    internal long Told => Interlocked.Read(ref _told);

    /// <summary>Messages that gVisor could not send, or that were too long.</summary>
    internal long Lost => Interlocked.Read(ref _lost);

    /// <summary>Messages that are none, or were over a limit.</summary>
    internal long Unreadable => Interlocked.Read(ref _unreadable);

    /// <summary>Whether the sandbox has an end of it.</summary>
    internal bool IsConnected => Interlocked.Read(ref _connected) > 0;

    /// <summary>It told something, and its last end is over. While its container lives that is no end that it should come to.</summary>
    internal bool IsSilent => Volatile.Read(ref _begun) && !IsConnected;

    /// <summary>How often it was found silent; of the timer alone.</summary>
    internal int Silences { get; set; }

    /// <summary>Its limit for this second is reached.</summary>
    internal bool IsPaused { get; private set; }

    /// <summary>The container is known.</summary>
    internal bool HasBegun => _translator is not null;

    /// <summary>Ends that may be read.</summary>
    internal IReadOnlyList<FeedEnd> Ends => _ends;

    /// <summary>The container is known: what is told can be taken.</summary>
    internal void Begin(PointTranslator translator) => _translator = translator;

    /// <summary>A program is about to be started in it from outside.</summary>
    internal void Expect(ExpectedProgram program) => _translator?.Expect(program);

    /// <summary>Counts what nobody could be told of.</summary>
    internal void CountLost(long count) => Interlocked.Add(ref _lost, count);

    /// <summary>Takes a call; null: nobody calls, or there are too many ends.</summary>
    internal FeedEnd? Accept()
    {
        var called = MessageSocket.TryAccept(Listener);
        if (called is null)
        {
            return null;
        }

        if (_ends.Count == MostEnds)
        {
            called.Dispose();
            return null;
        }

        var end = new FeedEnd(called);
        _ends.Add(end);
        return end;
    }

    /// <summary>Reads what an end tells, not more than its turn.</summary>
    /// <param name="end">The end.</param>
    /// <param name="room">For one message.</param>
    /// <param name="limit">Most messages of this sandbox a second.</param>
    /// <returns>False: the end is over, and was closed.</returns>
    internal bool Read(FeedEnd end, Span<byte> room, long limit)
    {
        var begun = KernelClock.Monotonic;
        var now = begun;
        try
        {
            return Read(end, room, limit, begun, ref now);
        }
        finally
        {
            _time.Spend(now - begun);
        }
    }

    /// <summary>Counts what an end still tells, and takes none of it.</summary>
    /// <param name="end">The end.</param>
    /// <param name="room">For one message.</param>
    /// <param name="most">Most messages.</param>
    internal void Skip(FeedEnd end, Span<byte> room, int most)
    {
        for (var i = 0; i < most && end.HasGreeted && MessageSocket.TryReceive(end.Socket, room) is > 0; i++)
        {
            CountLost(1);
        }
    }

    /// <summary>A second has passed.</summary>
    internal void Resume() => IsPaused = false;

    /// <inheritdoc/>
    public void Dispose()
    {
        Listener.Dispose();
        foreach (var end in _ends)
        {
            end.Socket.Dispose();
        }

        _ends.Clear();
        File.Delete(Path);
    }

    private bool Read(FeedEnd end, Span<byte> room, long limit, long begun, ref long now)
    {
        for (var i = 0; i < MostAtOnce && now - begun < LongestTurn; i++)
        {
            if (!end.HasGreeted)
            {
                if (MessageSocket.TryReceive(end.Socket, room) is not { } greeting)
                {
                    return true;
                }

                if (!IsGreeting(room[..Math.Min(greeting, room.Length)]) || !MessageSocket.TrySend(end.Socket, Handshake))
                {
                    return Close(end);
                }

                end.HasGreeted = true;
                Interlocked.Increment(ref _connected);
                Volatile.Write(ref _begun, true);
            }

            if (_translator is null || !HasTurn(limit, now))
            {
                return true;
            }

            switch (MessageSocket.TryReceive(end.Socket, room))
            {
                case null:
                    return true;
                case 0:
                    return Close(end);
                case var length when length > room.Length:
                    CountLost(1);
                    break;
                case { } length:
                    Take(end, room[..length]);
                    break;
            }

            now = KernelClock.Monotonic;
        }

        return true;
    }

    private bool HasTurn(long limit, long now)
    {
        IsPaused = !_turns.Take(limit, now) || !_time.HasLeft(LongestASecond, now);
        return !IsPaused;
    }

    private bool Close(FeedEnd end)
    {
        if (end.HasGreeted)
        {
            Interlocked.Decrement(ref _connected);
        }

        _ends.Remove(end);
        end.Socket.Dispose();
        return false;
    }

    /// <summary>A head (wire.Header): its size, what the message is of, and how many were dropped so far.</summary>
    private void Take(FeedEnd end, ReadOnlySpan<byte> message)
    {
        Interlocked.Increment(ref _told);
        if (message.Length < HeadSize || BinaryPrimitives.ReadUInt16LittleEndian(message) is var head && (head < HeadSize || head > message.Length))
        {
            Interlocked.Increment(ref _unreadable);
            return;
        }

        var dropped = BinaryPrimitives.ReadUInt32LittleEndian(message[4..]);
        CountLost(unchecked(dropped - end.Dropped));
        end.Dropped = dropped;
        try
        {
            if (!_translator!.Take((PointKind)BinaryPrimitives.ReadUInt16LittleEndian(message[2..]), message[head..]))
            {
                Interlocked.Increment(ref _unreadable);
            }
        }
        catch (Exception)
        {
            // What one sandbox says must not end the watching of all others, whatever it is.
            Interlocked.Increment(ref _unreadable);
        }
    }

    private static bool IsGreeting(ReadOnlySpan<byte> message)
    {
        var fields = new WireFields(message);
        var version = 0UL;
        while (fields.Next())
        {
            version = fields.Number == 1 ? fields.Value : version;
        }

        return !fields.IsBroken && version > 0;
    }
}
