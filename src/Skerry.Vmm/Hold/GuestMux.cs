using System.Threading.Channels;
using Skerry.Contracts.Ttrpc;

namespace Skerry.Vmm.Hold;

/// <summary>
/// Many clients on the one byte stream of a guest. Neither side is trusted: a guest that does not keep to the protocol ends the machine, a
/// client that does not is left, and its streams are closed at the guest, which kills what ran on them.
/// </summary>
/// <param name="firstStream">The first number of a stream at the guest: a copy of a machine remembers those that its template had.</param>
internal sealed class GuestMux(uint firstStream = 1)
{
    private readonly Lock _lock = new(); // guards _map and _end
    private readonly StreamMap<MuxClient> _map = new(firstStream);
    private readonly SemaphoreSlim _opening = new(1, 1); // streams reach the guest in the order of their numbers
    private readonly Channel<byte[]> _toGuest = Channel.CreateBounded<byte[]>(32);
    private (string Reason, TtrpcStatusCode Code)? _end;

    /// <summary>Carries between the guest and its clients until the guest's stream ends.</summary>
    /// <returns>Why it ended.</returns>
    internal async Task<string> Run(Stream guest, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var writing = Write(guest, stop.Token);
        var reason = await Read(guest, stop.Token).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await writing.ConfigureAwait(false);
        return reason;
    }

    /// <summary>Serves one client until it leaves.</summary>
    /// <param name="connection">Its connection; closed at the end.</param>
    /// <param name="ready">Before this nothing of it is read.</param>
    internal async Task Serve(Stream connection, Task ready)
    {
        await using var client = new MuxClient(connection);
        using var left = new CancellationTokenSource();
        var writing = client.Write(left.Token);
        try
        {
            await ready.ConfigureAwait(false);
            await Read(client).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or InvalidOperationException or ObjectDisposedException or ChannelClosedException)
        {
            // It left, it does not keep to the protocol, or the machine has ended: in each case there is nobody to go on with.
        }
        finally
        {
            IReadOnlyList<uint> closing;
            lock (_lock)
            {
                closing = _map.Leave(client);
            }

            foreach (var stream in closing)
            {
                await ToGuest(Frames.Close(stream)).ConfigureAwait(false);
            }

            client.Finish();
            left.CancelAfter(TimeSpan.FromSeconds(1));
            await writing.ConfigureAwait(false);
        }
    }

    /// <summary>The machine has ended: every call that waits is told why, and so is every later one.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="code">Cancelled where it was told to; else nobody wanted it.</param>
    internal void End(string reason, TtrpcStatusCode code = TtrpcStatusCode.Unavailable)
    {
        lock (_lock)
        {
            _end ??= (reason, code);
            foreach (var (client, stream) in _map.Open)
            {
                client.Send(Frames.Fail(stream, _end.Value.Code, _end.Value.Reason));
            }
        }

        _toGuest.Writer.TryComplete();
    }

    private async Task Read(MuxClient client)
    {
        var frames = new TtrpcFrameReader();
        while (true)
        {
            var count = await client.Connection.ReadAsync(frames.Room()).ConfigureAwait(false);
            if (count == 0)
            {
                return;
            }

            frames.Filled(count);
            while (frames.TryRead(out var frame))
            {
                await Take(client, frame).ConfigureAwait(false);
            }
        }
    }

    private async Task Take(MuxClient client, TtrpcFrame frame)
    {
        switch (frame.Type)
        {
            case TtrpcFrameType.Request:
                await Open(client, frame).ConfigureAwait(false);
                break;
            case TtrpcFrameType.Data:
                uint? stream;
                lock (_lock)
                {
                    stream = _map.ToGuest(client, frame.Stream, frame.Flags.HasFlag(TtrpcFrameFlags.RemoteClosed));
                }

                if (stream is { } open)
                {
                    await ToGuest(Frames.On(open, frame)).ConfigureAwait(false);
                }

                break;
            default:
                throw new InvalidOperationException("a client answers");
        }
    }

    private async Task Open(MuxClient client, TtrpcFrame frame)
    {
        await _opening.WaitAsync().ConfigureAwait(false);
        try
        {
            uint stream;
            lock (_lock)
            {
                if (_end is { } end)
                {
                    client.Send(Frames.Fail(frame.Stream, end.Code, end.Reason));
                    return;
                }

                if (!_map.TryOpen(client, frame.Stream, frame.Flags.HasFlag(TtrpcFrameFlags.RemoteClosed), out stream))
                {
                    client.Send(Frames.Fail(frame.Stream, TtrpcStatusCode.ResourceExhausted, $"{_map.Count} calls run in this machine; wait for one to end"));
                    return;
                }
            }

            await ToGuest(Frames.On(stream, frame)).ConfigureAwait(false);
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Queues a frame for the guest; a guest that does not read holds its clients back.</summary>
    private async ValueTask ToGuest(byte[] frame)
    {
        try
        {
            await _toGuest.Writer.WriteAsync(frame).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            // The machine has ended; whoever waits has been told.
        }
    }

    private async Task Write(Stream guest, CancellationToken cancel)
    {
        try
        {
            await foreach (var frame in _toGuest.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
            {
                await guest.WriteAsync(frame, cancel).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Reading says why.
        }
    }

    private async Task<string> Read(Stream guest, CancellationToken cancel)
    {
        var frames = new TtrpcFrameReader();
        try
        {
            while (true)
            {
                var count = await guest.ReadAsync(frames.Room(), cancel).ConfigureAwait(false);
                if (count == 0)
                {
                    return "the guest is gone";
                }

                frames.Filled(count);
                while (frames.TryRead(out var frame))
                {
                    FromGuest(frame);
                }
            }
        }
        catch (Exception error) when (error is TtrpcException or InvalidOperationException)
        {
            return $"the guest does not keep to the protocol ({error.Message})";
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or OperationCanceledException)
        {
            return "the guest is gone";
        }
    }

    private void FromGuest(TtrpcFrame frame)
    {
        if (frame.Type == TtrpcFrameType.Request)
        {
            throw new InvalidOperationException("it makes calls");
        }

        lock (_lock)
        {
            var ends = frame.Type == TtrpcFrameType.Response || frame.Flags.HasFlag(TtrpcFrameFlags.RemoteClosed);
            if (_map.FromGuest(frame.Stream, ends) is { } to && !to.Client.Send(Frames.On(to.Stream, frame)))
            {
                // It does not take what is sent to it. Closing its connection ends the reading of it, and that leaves its streams.
                to.Client.Drop();
            }
        }
    }
}
