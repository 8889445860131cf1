using System.Diagnostics.CodeAnalysis;
using Skerry.Guard.Events;
using Skerry.Guard.Recorder;
using Skerry.Node.Configuration;
using Skerry.Node.Meters;

namespace Skerry.Node.Sensors.Recording;

/// <summary>
/// Records kernel events on disk. The sensor's thread collects them into blocks in memory; a thread of the recorder's own packs
/// and writes those that are full, or old enough.
/// </summary>
/// <remarks>
/// <see cref="Append"/> never waits for the disk: where all blocks wait for it, events are lost, counted, and said in the head of
/// the next block. On a disk without room recording stops, says so, and goes on when there is room again.
/// </remarks>
internal sealed class FlightRecorder : IDisposable
{
    private const int Blocks = 3;

    private readonly Lock _lock = new(); // guards all below, up to the ring
    private readonly Queue<BlockWriter> _free = new();
    private readonly Queue<(BlockWriter Block, ulong Lost)> _full = new();
    private readonly List<(long Ticket, TaskCompletionSource Done)> _waiting = [];
    private readonly LossList _unwritten = new(); // losses that wait for a block
    private int _made;
    private BlockWriter? _filling;
    private long _fillingSince;
    private ulong _fillingLost;
    private ulong _pendingLost;
    private long _handedOver;
    private long _written;
    private ulong _events;
    private ulong _lost;
    private ulong _unrecordable;
    private string? _stopped;
    private bool _isEnding;

    private readonly SegmentRing _ring; // of the writing thread alone, but for its counts
    private readonly RecordOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _work = new(0);
    private readonly ITimer _timer;
    private readonly Trouble _trouble;
    private readonly Thread _thread;

    /// <summary>Opens the recording in a directory and begins to write.</summary>
    public FlightRecorder(RecordOptions options, string directory, TimeProvider clock, ILogger log)
    {
        (_options, _clock, _log) = (options, clock, log);
        _ring = new SegmentRing(directory, options.Quota, options.Sync);
        Directory = new RecordDirectory(directory);
        _trouble = new Trouble(clock, problem => Troubled?.Invoke(problem));
        if (_ring.Cut > 0)
        {
            log.RecordingCut(directory, _ring.Cut);
        }

        _timer = clock.CreateTimer(_ => HandOverWhatIsOld(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _thread = new Thread(Write) { IsBackground = true, Name = "recorder" };
        _thread.Start();
    }

    /// <summary>Opens the recording that the configuration asks for; null where it asks for none, or where none can be: a node runs without one too.</summary>
    public static FlightRecorder? Open(RecordOptions options, string directory, TimeProvider clock, ILogger log)
    {
        if (!options.Enabled)
        {
            return null;
        }

        try
        {
            return new FlightRecorder(options, directory, clock, log);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Linux.LinuxException)
        {
            log.RecordingStopped(e.Message);
            return null;
        }
    }

    /// <summary>Where the recording is.</summary>
    public RecordDirectory Directory { get; }

    /// <summary>Told, on a thread of the recorder, why nothing is recorded any more, and null when something is again.</summary>
    internal Action<string?>? Troubled { get; set; }

    /// <summary>Time of the latest event that an earlier recorder wrote, nanoseconds since 1970; null where that is not known.</summary>
    internal long? LatestBefore => _ring.Latest;

    /// <summary>How it goes.</summary>
    public RecorderState State
    {
        get
        {
            lock (_lock)
            {
                return new RecorderState(_stopped, _events, _lost, _unrecordable, _ring.Bytes, _ring.Segments, _options.Quota);
            }
        }
    }

    /// <summary>Records an event as it is now. For the sensor's thread; it waits for nobody.</summary>
    public void Append(KernelEvent e)
    {
        lock (_lock)
        {
            if (_isEnding || !TryAppend(e, out var isFull))
            {
                return;
            }

            _events++;
            if (isFull)
            {
                HandOver();
            }
        }
    }

    /// <summary>Records what nobody saw, with the next block that is written.</summary>
    internal void Append(RecordLoss loss)
    {
        lock (_lock)
        {
            if (_isEnding)
            {
                return;
            }

            if (TryBegin())
            {
                _filling.Add(loss);
            }
            else
            {
                _unwritten.Add(loss);
            }
        }
    }

    /// <summary>Has everything that was appended so far written.</summary>
    public Task Flush()
    {
        lock (_lock)
        {
            if (!_isEnding)
            {
                HandOver();
            }

            if (_written == _handedOver)
            {
                return Task.CompletedTask;
            }

            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((_handedOver, done));
            return done.Task;
        }
    }

    /// <summary>Writes what is there and ends.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            HandOver();
            _isEnding = true;
        }

        _work.Release();
        _thread.Join();
        _ring.Dispose();
        _work.Dispose();
        foreach (var block in _free)
        {
            block.Dispose();
        }
    }

    /// <summary>Puts an event into a block. The caller holds the lock.</summary>
    private bool TryAppend(KernelEvent e, out bool isFull)
    {
        isFull = false;
        for (var attempt = 0; attempt < 2; attempt++)
        {
            if (!TryBegin())
            {
                _lost++;
                _pendingLost++;
                NodeMeters.RecordLost.Add(1);
                return false;
            }

            if (_filling.TryAppend(e))
            {
                isFull = _filling.IsFull;
                return true;
            }

            if (_filling.Events == 0)
            {
                break; // too large for any block
            }

            HandOver();
        }

        _unrecordable++;
        return false;
    }

    [MemberNotNullWhen(true, nameof(_filling))]
    private bool TryBegin()
    {
        if (_filling is null && (_free.TryDequeue(out _filling) || TryMake(out _filling)))
        {
            (_fillingSince, _fillingLost) = (_clock.GetTimestamp(), _pendingLost);
            _pendingLost = 0;
            foreach (var loss in _unwritten.All)
            {
                _filling.Add(loss);
            }

            _unwritten.Clear();
            _timer.Change(_options.Flush, Timeout.InfiniteTimeSpan);
        }

        return _filling is not null;
    }

    /// <summary>Blocks are dear in memory: a node that records nothing has none.</summary>
    private bool TryMake([NotNullWhen(true)] out BlockWriter? made)
    {
        made = _made < Blocks ? new BlockWriter() : null;
        _made += made is null ? 0 : 1;
        return made is not null;
    }

    /// <summary>Gives the block to the writing thread. The caller holds the lock.</summary>
    private void HandOver()
    {
        if (_filling is { IsEmpty: false })
        {
            _full.Enqueue((_filling, _fillingLost));
            _filling = null;
            _handedOver++;
            _work.Release();
        }
    }

    /// <summary>Once for each block, so that a quiet node is not woken; a block that was begun meanwhile has a time of its own.</summary>
    private void HandOverWhatIsOld()
    {
        lock (_lock)
        {
            if (_filling is { IsEmpty: false } && _clock.GetElapsedTime(_fillingSince) >= _options.Flush / 2)
            {
                HandOver();
            }
        }
    }

    private void Write()
    {
        while (true)
        {
            _work.Wait();
            BlockWriter? block;
            ulong lost;
            lock (_lock)
            {
                if (!_full.TryDequeue(out var next) && _isEnding)
                {
                    return;
                }

                (block, lost) = next;
            }

            if (block is not null)
            {
                Write(block, lost);
            }
        }
    }

    private void Write(BlockWriter block, ulong lost)
    {
        var problem = Put(block, lost);
        var events = (ulong)block.Events;
        IReadOnlyList<RecordLoss> losses = problem is null ? [] : [.. block.Losses];
        (problem is null ? NodeMeters.Recorded : NodeMeters.RecordLost).Add((long)events);
        block.Clear();
        string? before;
        lock (_lock)
        {
            before = _stopped;
            _stopped = problem;
            if (problem is not null)
            {
                _lost += events;
                _events -= events;
                _pendingLost += events + lost;
                foreach (var loss in losses)
                {
                    _unwritten.Add(loss);
                }
            }

            _free.Enqueue(block);
            _written++;
            foreach (var (_, done) in _waiting.Where(w => w.Ticket <= _written))
            {
                done.TrySetResult();
            }

            _waiting.RemoveAll(w => w.Ticket <= _written);
        }

        if (before is null && problem is not null)
        {
            _log.RecordingStopped(problem);
        }
        else if (before is not null && problem is null)
        {
            _log.RecordingGoesOn();
        }

        _trouble.Note(problem);
    }

    /// <summary>Writes a block; says why it could not.</summary>
    private string? Put(BlockWriter block, ulong lost)
    {
        try
        {
            if (_ring.Free < _options.Reserve)
            {
                return $"{Directory.Path}: the disk has less than {_options.Reserve} bytes free (record.reserve)";
            }

            _ring.Append(block.Seal(_ring.NextSequence, lost).Span);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Linux.LinuxException)
        {
            return $"{Directory.Path}: {e.Message}";
        }
    }
}
