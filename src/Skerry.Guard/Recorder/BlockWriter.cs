using Skerry.Guard.Events;
using ZstdSharp;

namespace Skerry.Guard.Recorder;

/// <summary>
/// Collects events into one block of a recording, which can be read without any other. Used again and again: once its
/// buffers have grown, an event costs no allocation.
/// </summary>
/// <remarks>One thread at a time. Order: <see cref="TryAppend"/> until <see cref="IsFull"/>, <see cref="Seal"/>, <see cref="Clear"/>.</remarks>
public sealed class BlockWriter : IDisposable
{
    private const int Level = 1;
    private const int MostArguments = 48;
    private const int Columns = RecordSection.TextArguments - RecordSection.Shape + 1;

    private readonly FactTables _facts = new();
    private readonly ByteTable _types = new();
    private readonly ByteTable _shapeRows = new();
    private readonly Dictionary<EventShape, int> _shapes = [];
    private readonly List<long[]> _lastNumbers = [];
    private readonly int[] _typeRows = new int[EventTypes.All.Count];
    private readonly ByteColumn[] _columns = [.. Enumerable.Range(0, Columns).Select(static _ => new ByteColumn())];
    private readonly ulong[] _texts = new ulong[MostArguments];
    private readonly ContainerTallies _tallies = new();
    private readonly LossList _losses = new();
    private readonly ByteColumn _row = new();
    private readonly ByteColumn _content = new();
    private readonly Compressor _compressor = new(Level);
    private byte[] _sealed = [];
    private KernelEventTail _last;

    /// <summary>Number of events in it.</summary>
    public int Events { get; private set; }

    /// <summary>Time of the earliest event or loss, nanoseconds since 1970.</summary>
    public long FirstTime { get; private set; }

    /// <summary>Time of the latest event or loss.</summary>
    public long LastTime { get; private set; }

    /// <summary>What was lost before the recorder could get it.</summary>
    public IReadOnlyList<RecordLoss> Losses => _losses.All;

    /// <summary>True where there is nothing to be sealed.</summary>
    public bool IsEmpty => Events == 0 && _losses.All.Count == 0;

    /// <summary>True where it is time to seal it.</summary>
    public bool IsFull => Events >= RecordFormat.FullEvents || _tallies.Count >= RecordFormat.MaxContainers || Length >= RecordFormat.FullRaw;

    /// <summary>Bytes of its content, not packed.</summary>
    public int Length
    {
        get
        {
            var length = _facts.Length + _types.Length + _shapeRows.Length;
            foreach (var column in _columns)
            {
                length += column.Length;
            }

            return length;
        }
    }

    /// <summary>Adds an event. False where it does not fit any more; one that does not fit into an empty block cannot be recorded.</summary>
    public bool TryAppend(KernelEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        if (_tallies.Count >= RecordFormat.MaxContainers)
        {
            return false;
        }

        try
        {
            // What may not fit comes first: tables may keep rows that nobody names, columns stay in step.
            var shape = EventShape.Of(e);
            var row = Shape(e.Type, shape);
            var host = _facts.Text(e.HostName);
            var process = e.Process is { } who ? _facts.Process(who) : 0;
            var descriptor = e.Descriptor is { } what ? _facts.Descriptor(what) : 0;
            var container = e.Container is { } around ? _facts.Container(around) : -1;
            var length = 0L;
            for (var i = 0; i < e.Type.Arguments.Count; i++)
            {
                if (shape.Kind(i) is EventShape.Text or EventShape.NamedNumber)
                {
                    var text = shape.Kind(i) == EventShape.NamedNumber ? e.Arguments.Read(i) : e.Arguments.Text(i);
                    _texts[i] = _facts.Text(text);
                    length += text.Length;
                }
            }

            if (length > RecordFormat.MaxEvent)
            {
                return false;
            }

            Write(e, shape, row, host, process, descriptor);
            _tallies.Add(container, e.Container);
            return true;
        }
        catch (BlockFullException)
        {
            return false;
        }
    }

    /// <summary>Adds what was lost.</summary>
    public void Add(RecordLoss loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        Cover(loss.From, loss.To);
        _losses.Add(loss);
    }

    /// <summary>The block as bytes, good until the next call.</summary>
    /// <param name="sequence">Its running number in the recording.</param>
    /// <param name="lost">Events that came before it and are in no block.</param>
    public ReadOnlyMemory<byte> Seal(ulong sequence, ulong lost)
    {
        _content.Clear();
        Put(_facts.Texts);
        Put(_types);
        Put(_shapeRows);
        Put(_facts.Users);
        Put(_facts.Pods);
        Put(_facts.Containers);
        Put(_facts.Descriptors);
        Put(_facts.Processes);
        foreach (var column in _columns)
        {
            _content.Write((ulong)column.Length);
            _content.Append(column.Span);
        }

        var containers = _tallies.ToList();
        var headLength = BlockHead.LengthOf(containers, _losses.All);
        var most = headLength + Compressor.GetCompressBound(_content.Length);
        if (_sealed.Length < most)
        {
            _sealed = new byte[Math.Max(most, _sealed.Length * 2)];
        }

        var stored = _compressor.Wrap(_content.Span, _sealed.AsSpan(headLength));
        var head = new BlockHead
        {
            HeadLength = headLength,
            StoredLength = stored,
            RawLength = _content.Length,
            Events = Events,
            FirstTime = FirstTime,
            LastTime = LastTime,
            Sequence = sequence,
            Lost = lost,
            Containers = containers,
            Losses = _losses.All,
            ContentChecksum = Checksum.Of(_sealed.AsSpan(headLength, stored)),
        };
        head.Write(_sealed.AsSpan(0, headLength));
        return _sealed.AsMemory(0, headLength + stored);
    }

    /// <summary>Forgets everything; the buffers stay.</summary>
    public void Clear()
    {
        _facts.Clear();
        _types.Clear();
        _shapeRows.Clear();
        _shapes.Clear();
        Array.Clear(_typeRows);
        foreach (var column in _columns)
        {
            column.Clear();
        }

        _tallies.Clear();
        _losses.Clear();
        _last = default;
        (Events, FirstTime, LastTime) = (0, 0, 0);
    }

    /// <inheritdoc/>
    public void Dispose() => _compressor.Dispose();

    private ByteColumn Column(RecordSection section) => _columns[section - RecordSection.Shape];

    private void Put(ByteTable table)
    {
        _row.Clear();
        table.Write(_row);
        _content.Write((ulong)_row.Length);
        _content.Append(_row.Span);
    }

    private void Write(KernelEvent e, EventShape shape, int row, ulong host, int process, int descriptor)
    {
        Column(RecordSection.Shape).Write((ulong)row);
        Column(RecordSection.Number).WriteSigned((long)(e.Number - _last.Number));
        Column(RecordSection.Time).WriteSigned(e.Timestamp - _last.Time);
        Column(RecordSection.SinceStart).WriteSigned(e.Timestamp - e.SinceStart - _last.Start);
        Column(RecordSection.SincePrevious).WriteSigned(e.Timestamp - _last.Time - e.SincePrevious);
        Column(RecordSection.Processor).WriteSigned(e.Processor);
        Column(RecordSection.Thread).WriteSigned((long)e.ThreadId - _last.Thread);
        Column(RecordSection.VirtualThread).WriteSigned((long)e.ThreadId - e.VirtualThreadId);
        Column(RecordSection.Host).Write(host);
        if (e.Result is { } result)
        {
            Column(RecordSection.Result).WriteSigned(result);
        }

        if (e.DescriptorNumber is { } number)
        {
            Column(RecordSection.DescriptorNumber).WriteSigned(number);
        }

        if ((shape.Has & EventShape.Properties.Process) != 0)
        {
            Column(RecordSection.Process).Write((ulong)process);
        }

        if ((shape.Has & EventShape.Properties.Descriptor) != 0)
        {
            Column(RecordSection.Descriptor).Write((ulong)descriptor);
        }

        WriteArguments(e, shape, _lastNumbers[row]);
        Cover(e.Timestamp, e.Timestamp);
        _last = new KernelEventTail(e.Number, e.Timestamp, e.Timestamp - e.SinceStart, e.ThreadId);
        Events++;
    }

    private void Cover(long from, long to) => (FirstTime, LastTime) = IsEmpty ? (from, to) : (Math.Min(FirstTime, from), Math.Max(LastTime, to));

    private void WriteArguments(KernelEvent e, EventShape shape, long[] lastNumbers)
    {
        var numbers = Column(RecordSection.NumberArguments);
        var texts = Column(RecordSection.TextArguments);
        for (var i = 0; i < e.Type.Arguments.Count; i++)
        {
            switch (shape.Kind(i))
            {
                case EventShape.Number or EventShape.NamedNumber:
                    var value = e.Arguments.Number(i)!.Value;
                    numbers.WriteSigned(value - lastNumbers[i]);
                    lastNumbers[i] = value;
                    if (shape.Kind(i) == EventShape.NamedNumber)
                    {
                        texts.Write(_texts[i]);
                    }

                    break;
                case EventShape.Text:
                    texts.Write(_texts[i]);
                    break;
                default:
                    break;
            }
        }
    }

    private int Shape(EventType type, EventShape shape)
    {
        if (_shapes.TryGetValue(shape, out var known))
        {
            return known;
        }

        var typeRow = Type(type);
        _row.Clear();
        _row.Write((ulong)typeRow);
        _row.Write((ulong)shape.Has);
        for (var i = 0; i < type.Arguments.Count; i++)
        {
            _row.Write((ulong)shape.Kind(i));
        }

        var row = _shapeRows.Add(_row.Span, out _);
        if (row == _lastNumbers.Count)
        {
            _lastNumbers.Add(new long[MostArguments]);
        }

        Array.Clear(_lastNumbers[row]);
        return _shapes[shape] = row;
    }

    /// <summary>Kinds are written by name with the names of their arguments: their codes change from version to version.</summary>
    private int Type(EventType type)
    {
        if (_typeRows[type.Code] is > 0 and var known)
        {
            return known - 1;
        }

        _row.Clear();
        _row.Write(_facts.Text(type.NameText));
        for (var i = 0; i < type.Arguments.Count; i++)
        {
            _row.Write(_facts.Text(type.ArgumentText(i)));
        }

        var row = _types.Add(_row.Span, out _);
        _typeRows[type.Code] = row + 1;
        return row;
    }

    /// <summary>What the next event is told in relation to.</summary>
    private readonly record struct KernelEventTail(ulong Number, long Time, long Start, int Thread);
}
