using Skerry.Guest.Loop;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Watches;

namespace Skerry.Guest.Streams;

/// <summary>
/// The reading end of a process' output. It is read while there is credit and left alone else, so that a host that does not read holds
/// back the process that writes, and nothing is stored here.
/// </summary>
internal sealed class OutputPipe : IDisposable
{
    private const int MaxMessage = 32 * 1024;
    private static readonly byte[] Buffer = new byte[MaxMessage];

    private readonly EventLoop _loop;
    private readonly FileDescriptor _file;
    private readonly Func<int> _credit;
    private readonly Action<ReadOnlyMemory<byte>> _read;
    private readonly Action _ended;
    private bool _isWatched;
    private bool _isOver;

    /// <param name="loop">Tells when there is something to read.</param>
    /// <param name="file">The reading end; taken over.</param>
    /// <param name="credit">So many bytes may be sent now.</param>
    /// <param name="read">Takes what was read; the bytes are valid during the call.</param>
    /// <param name="ended">Called once at the end.</param>
    public OutputPipe(EventLoop loop, FileDescriptor file, Func<int> credit, Action<ReadOnlyMemory<byte>> read, Action ended)
    {
        (_loop, _file, _credit, _read, _ended) = (loop, file, credit, read, ended);
        ByteFlow.DoNotWait(file);
        Resume();
    }

    /// <summary>There may be credit again.</summary>
    public void Resume()
    {
        if (!_isOver && !_isWatched && _credit() > 0)
        {
            _isWatched = true;
            _loop.Add(_file, Interest.Read, _ => Ready());
        }
    }

    /// <summary>The process has ended: reads what is there, as credit allows. False where something may be left that credit did not allow.</summary>
    public bool Drain()
    {
        while (!_isOver)
        {
            var credit = _credit();
            if (credit == 0)
            {
                return false;
            }

            if (!Read(credit))
            {
                return true;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isOver = true;
        Unwatch();
        _file.Dispose();
    }

    private void Ready()
    {
        if (_isOver)
        {
            return;
        }

        var credit = _credit();
        if (credit == 0)
        {
            Unwatch();
            return;
        }

        Read(credit);
    }

    private bool Read(int credit)
    {
        var count = ByteFlow.TryRead(_file, Buffer.AsSpan(0, Math.Min(credit, MaxMessage)));
        if (count is null)
        {
            return false;
        }

        if (count == 0)
        {
            _isOver = true;
            Unwatch();
            _ended();
            return false;
        }

        _read(Buffer.AsMemory(0, count.Value));
        return true;
    }

    private void Unwatch()
    {
        if (_isWatched)
        {
            _isWatched = false;
            _loop.Remove(_file);
        }
    }
}
