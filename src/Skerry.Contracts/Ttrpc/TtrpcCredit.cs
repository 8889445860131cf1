namespace Skerry.Contracts.Ttrpc;

/// <summary>
/// How many bytes may be on the way in one direction of a stream, counted on both sides: the sender stops at the window, and the
/// receiver, which does not trust it, breaks off when it does not. So nobody who does not read makes others wait or memory grow.
/// </summary>
/// <remarks>
/// Not thread-safe: one object for each direction and side. Everything is counted by whole messages, and a small message costs
/// <see cref="LeastCost"/>, so that what is on the way is bounded in number, too.
/// </remarks>
public sealed class TtrpcCredit
{
    /// <summary>Bytes of a stream that may be on the way (guest.proto).</summary>
    public const int Window = 256 * 1024;

    /// <summary>What a message costs at least.</summary>
    public const int LeastCost = 256;

    private int _underway;
    private int _consumed;

    /// <summary>Sender: the next message may have so many bytes; 0: none may be sent now.</summary>
    public int Available => Window - _underway >= LeastCost ? Window - _underway : 0;

    /// <summary>What a message with so many bytes costs.</summary>
    public static int Cost(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return Math.Max(length, LeastCost);
    }

    /// <summary>Sender: a message was sent.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It has more bytes than are <see cref="Available"/>.</exception>
    public void Spend(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Cost(length), Window - _underway, nameof(length));
        _underway += Cost(length);
    }

    /// <summary>Sender: the other side says that it has consumed messages of this cost.</summary>
    /// <exception cref="TtrpcException">It gives back more than it was sent.</exception>
    public void Return(uint count)
    {
        if (count > (uint)_underway)
        {
            throw new TtrpcException($"credit for {count} bytes came back where {_underway} were on the way");
        }

        _underway -= (int)count;
    }

    /// <summary>Receiver: a message has arrived.</summary>
    /// <exception cref="TtrpcException">The sender goes beyond the window.</exception>
    public void Receive(int length)
    {
        if (Cost(length) > Window - _underway)
        {
            throw new TtrpcException($"{length} bytes came where the sender had credit for {Available}");
        }

        _underway += Cost(length);
    }

    /// <summary>Receiver: a message was handed on whole. Gives the credit to send back now, or 0: it is gathered to a quarter of the window.</summary>
    public uint Consume(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Cost(length), _underway - _consumed, nameof(length));
        _consumed += Cost(length);
        if (_consumed < Window / 4)
        {
            return 0;
        }

        var back = _consumed;
        _underway -= back;
        _consumed = 0;
        return (uint)back;
    }
}
