using Google.Protobuf;
using Skerry.Guest.Loop;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Watches;

namespace Skerry.Guest.Streams;

/// <summary>The writing end of a process' input: what came waits here, bounded by the sender's credit, until the process takes it.</summary>
internal sealed class InputPipe : IDisposable
{
    private readonly EventLoop _loop;
    private readonly FileDescriptor _file;
    private readonly Action<int> _written;
    private readonly bool _owns;
    private readonly Queue<ByteString> _waiting = new();
    private int _offset;
    private bool _isWatched;
    private bool _closes;
    private bool _isOver;

    /// <param name="loop">Tells when something can be written.</param>
    /// <param name="file">The writing end.</param>
    /// <param name="owns">Taken over, closed at the end and watched; a terminal is its output's.</param>
    /// <param name="written">Told the length of each message that was written whole, or dropped as nobody reads.</param>
    public InputPipe(EventLoop loop, FileDescriptor file, bool owns, Action<int> written)
    {
        (_loop, _file, _owns, _written) = (loop, file, owns, written);
        ByteFlow.DoNotWait(file);
    }

    /// <summary>Hands on a message.</summary>
    public void Add(ByteString bytes)
    {
        _waiting.Enqueue(bytes);
        if (!_isWatched)
        {
            Write();
        }
    }

    /// <summary>Closes the process' input when all has been written.</summary>
    public void Close()
    {
        _closes = true;
        if (_waiting.Count == 0)
        {
            Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        Unwatch();
        if (_owns)
        {
            _file.Dispose();
        }
    }

    private void Write()
    {
        while (_waiting.TryPeek(out var bytes))
        {
            var count = _isOver ? null : ByteFlow.TryWrite(_file, bytes.Span[_offset..]);
            if (count == 0 && bytes.Length > _offset)
            {
                Watch();
                return;
            }

            _offset += count ?? bytes.Length;
            if (_offset >= bytes.Length)
            {
                _waiting.Dequeue();
                _offset = 0;
                _written(bytes.Length);
            }
        }

        Unwatch();
        if (_closes)
        {
            Dispose();
        }
    }

    private void Watch()
    {
        if (_isWatched)
        {
            return;
        }

        _isWatched = true;
        if (_owns)
        {
            _loop.Add(_file, Interest.Write, _ => Write());
        }
        else
        {
            // A terminal is watched for its output; epoll takes a descriptor once. It takes input again soon, or never.
            _loop.After(10, Retry);
        }
    }

    private void Retry()
    {
        _isWatched = false;
        if (!_isOver)
        {
            Write();
        }
    }

    private void Unwatch()
    {
        if (_isWatched && _owns)
        {
            _loop.Remove(_file);
        }

        _isWatched = false;
    }
}
