namespace Skerry.Vmm.Hold;

/// <summary>
/// Which stream of which client is which stream of the guest. Numbers at the guest rise and are never used again. A stream whose client left
/// stays until the guest has ended it: what still comes for it is dropped.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
/// <typeparam name="T">A client.</typeparam>
/// <param name="first">The first number at the guest, odd.</param>
internal sealed class StreamMap<T>(uint first = 1)
    where T : class
{
    /// <summary>Most streams at once; below the guest's own bound (TtrpcServer.MaxStreams), so that it never refuses one.</summary>
    internal const int MaxStreams = 240;

    private readonly Dictionary<uint, Entry> _byGuest = [];
    private readonly Dictionary<(T Client, uint Stream), uint> _byClient = [];
    private uint _next = first;

    /// <summary>Streams that are open at the guest.</summary>
    internal int Count => _byGuest.Count;

    /// <summary>Opens a stream.</summary>
    /// <param name="client">Whose.</param>
    /// <param name="stream">Its number there.</param>
    /// <param name="isClosed">The client sends nothing more on it.</param>
    /// <param name="guest">Its number at the guest.</param>
    /// <returns>False: there are too many.</returns>
    /// <exception cref="InvalidOperationException">The client has a stream of this number.</exception>
    internal bool TryOpen(T client, uint stream, bool isClosed, out uint guest)
    {
        guest = 0;
        if (_byClient.ContainsKey((client, stream)))
        {
            throw new InvalidOperationException($"stream {stream} is open");
        }

        if (_byGuest.Count >= MaxStreams || _next > uint.MaxValue - 2)
        {
            return false;
        }

        guest = _next;
        _next += 2;
        _byGuest.Add(guest, new Entry(client, stream, isClosed));
        _byClient.Add((client, stream), guest);
        return true;
    }

    /// <summary>The guest's number for what a client sends; null: the stream has ended, or there was none.</summary>
    /// <param name="client">Whose.</param>
    /// <param name="stream">Its number there.</param>
    /// <param name="closes">It is the last that the client sends.</param>
    /// <exception cref="InvalidOperationException">The client closed it before.</exception>
    internal uint? ToGuest(T client, uint stream, bool closes)
    {
        if (!_byClient.TryGetValue((client, stream), out var guest))
        {
            return null;
        }

        var entry = _byGuest[guest];
        if (entry.IsClosed)
        {
            throw new InvalidOperationException($"stream {stream} goes on after it was closed");
        }

        if (closes)
        {
            _byGuest[guest] = entry with { IsClosed = true };
        }

        return guest;
    }

    /// <summary>Whose stream it is that the guest sends on.</summary>
    /// <param name="guest">The guest's number.</param>
    /// <param name="ends">It is the last that the guest sends.</param>
    /// <returns>Null: nobody's any more.</returns>
    /// <exception cref="InvalidOperationException">It was never opened.</exception>
    internal (T Client, uint Stream)? FromGuest(uint guest, bool ends)
    {
        if (!_byGuest.TryGetValue(guest, out var entry))
        {
            return guest < _next ? null : throw new InvalidOperationException($"stream {guest} was not opened");
        }

        if (ends)
        {
            _byGuest.Remove(guest);
            if (entry.Client is not null)
            {
                _byClient.Remove((entry.Client, entry.Stream));
            }
        }

        return entry.Client is null ? null : (entry.Client, entry.Stream);
    }

    /// <summary>A client has left.</summary>
    /// <returns>Its streams at the guest that are to be closed there.</returns>
    internal IReadOnlyList<uint> Leave(T client)
    {
        var closing = new List<uint>();
        foreach (var (guest, entry) in _byGuest.Where(e => ReferenceEquals(e.Value.Client, client)).ToList())
        {
            if (!entry.IsClosed)
            {
                closing.Add(guest);
            }

            _byGuest[guest] = new Entry(null, 0, IsClosed: true);
            _byClient.Remove((client, entry.Stream));
        }

        return closing;
    }

    /// <summary>All streams that a client still waits for.</summary>
    internal IEnumerable<(T Client, uint Stream)> Open => _byClient.Keys;

    private readonly record struct Entry(T? Client, uint Stream, bool IsClosed);
}
