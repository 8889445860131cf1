using Skerry.Guard.Events;
using ZstdSharp;

namespace Skerry.Guard.Recorder;

/// <summary>The events of a block, one after the other.</summary>
/// <remarks>
/// Kinds of events are found by their names, and arguments by theirs: what this version does not know is left out and
/// counted. Bytes that are damaged give an error that says where, whatever they are.
/// </remarks>
public sealed class BlockReader
{
    private readonly int _events;
    private readonly byte[] _content;
    private readonly TableReader _texts;
    private readonly FactReader _facts;
    private readonly ShapeReader[] _shapes;
    private readonly ByteCursor[] _columns = new ByteCursor[RecordSection.TextArguments - RecordSection.Shape + 1];
    private int _read;
    private ulong _number;
    private long _time;
    private long _start;
    private long _thread;

    /// <summary>Unpacks a block.</summary>
    /// <exception cref="RecordFormatException">The content is not what the format says.</exception>
    public BlockReader(RecordBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        _events = block.Head.Events;
        _content = Unpack(block);
        var sections = new ByteCursor(_content, 0, _content.Length, "the content");
        _texts = Table(ref sections, RecordSection.Texts);
        var types = Table(ref sections, RecordSection.Types);
        var shapes = Table(ref sections, RecordSection.Shapes);
        var users = Table(ref sections, RecordSection.Users);
        var pods = Table(ref sections, RecordSection.Pods);
        var containers = Table(ref sections, RecordSection.Containers);
        var descriptors = Table(ref sections, RecordSection.Descriptors);
        var processes = Table(ref sections, RecordSection.Processes);
        _shapes = ShapeReader.ReadAll(types, shapes, _texts);
        _facts = new FactReader(_content, _texts, users, pods, containers, descriptors, processes);
        for (var i = 0; i < _columns.Length; i++)
        {
            _columns[i] = Section(ref sections, RecordSection.Shape + i);
        }

        sections.End();
    }

    /// <summary>Events of kinds that this version does not know.</summary>
    public int Unknown { get; private set; }

    /// <summary>Fills in the next event. False at the end of the block.</summary>
    /// <exception cref="RecordFormatException">A column is not what the format says.</exception>
    public bool Read(KernelEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        while (_read < _events)
        {
            _read++;
            if (ReadOne(e))
            {
                return true;
            }

            Unknown++;
        }

        foreach (ref readonly var column in _columns.AsSpan())
        {
            column.End();
        }

        return false;
    }

    private static byte[] Unpack(RecordBlock block)
    {
        var content = new byte[block.Head.RawLength];
        using var decompressor = new Decompressor();
        int length;
        try
        {
            length = decompressor.Unwrap(block.Stored, content);
        }
        catch (ZstdException e)
        {
            throw new RecordFormatException($"the content cannot be unpacked: {e.Message}");
        }

        return length == content.Length ? content : throw new RecordFormatException($"the content has {length} bytes, and the head says {content.Length}");
    }

    private ByteCursor Section(ref ByteCursor sections, RecordSection section)
    {
        var length = sections.ReadCount("bytes of a section");
        return new ByteCursor(_content, sections.Skip(length), length, $"the section {section}");
    }

    private TableReader Table(ref ByteCursor sections, RecordSection section)
    {
        var cursor = Section(ref sections, section);
        return new TableReader(ref cursor, _content, section.ToString());
    }

    private ref ByteCursor Column(RecordSection section) => ref _columns[section - RecordSection.Shape];

    /// <summary>Reads an event; false where its kind is not known. All columns move on in any case.</summary>
    private bool ReadOne(KernelEvent e)
    {
        var shape = _shapes[Column(RecordSection.Shape).ReadBelow(_shapes.Length, "shape")];
        e.Begin(shape.Type ?? EventTypes.All[0]);
        e.Number = _number += (ulong)Column(RecordSection.Number).ReadSigned();
        var time = _time + Column(RecordSection.Time).ReadSigned();
        e.Timestamp = time;
        _start += Column(RecordSection.SinceStart).ReadSigned();
        e.SinceStart = time - _start;
        e.SincePrevious = time - _time - Column(RecordSection.SincePrevious).ReadSigned();
        _time = time;
        e.Processor = Column(RecordSection.Processor).ReadInt();
        _thread = (int)(_thread + Column(RecordSection.Thread).ReadSigned());
        e.ThreadId = (int)_thread;
        e.VirtualThreadId = (int)(_thread - Column(RecordSection.VirtualThread).ReadSigned());
        e.HostName = _texts.Text(ref Column(RecordSection.Host));
        e.Result = Has(shape, EventShape.Properties.Result) ? Column(RecordSection.Result).ReadSigned() : null;
        e.DescriptorNumber = Has(shape, EventShape.Properties.DescriptorNumber) ? Column(RecordSection.DescriptorNumber).ReadInt() : null;
        e.Process = Has(shape, EventShape.Properties.Process) ? _facts.Processes[Column(RecordSection.Process).ReadBelow(_facts.Processes.Length, "process")] : null;
        e.Descriptor = Has(shape, EventShape.Properties.Descriptor) ? _facts.Descriptors[Column(RecordSection.Descriptor).ReadBelow(_facts.Descriptors.Length, "descriptor")] : null;
        ReadArguments(e, shape);
        return shape.Type is not null;
    }

    private static bool Has(ShapeReader shape, EventShape.Properties property) => (shape.Has & property) != 0;

    private void ReadArguments(KernelEvent e, ShapeReader shape)
    {
        var length = 0L;
        for (var i = 0; i < shape.Kinds.Length; i++)
        {
            var (position, kind) = (shape.Positions[i], shape.Kinds[i]);
            if (kind is EventShape.Number or EventShape.NamedNumber)
            {
                shape.Last[i] += Column(RecordSection.NumberArguments).ReadSigned();
            }

            Text text = default;
            if (kind is EventShape.Text or EventShape.NamedNumber)
            {
                text = _texts.Text(ref Column(RecordSection.TextArguments));
                length += text.Length;
                if (length > RecordFormat.MaxEvent)
                {
                    throw Column(RecordSection.TextArguments).Wrong($"gives an event texts of more than {RecordFormat.MaxEvent} bytes, which is not believed");
                }
            }

            switch (position < 0 ? 0 : kind)
            {
                case EventShape.Number:
                    e.SetArgument(position, shape.Last[i]);
                    break;
                case EventShape.Text:
                    e.SetArgument(position, text.Span);
                    break;
                case EventShape.NamedNumber:
                    e.SetArgument(position, shape.Last[i], text.Span);
                    break;
                default:
                    break;
            }
        }
    }
}
