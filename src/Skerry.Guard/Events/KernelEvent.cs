namespace Skerry.Guard.Events;

/// <summary>One event to judge. The sensor owns one instance a thread and fills it again and again.</summary>
/// <remarks>
/// Filling order: <see cref="Begin"/> forgets the last event, then the properties and arguments are set. What is kept per
/// process, container and descriptor is only pointed at; texts of the event itself are copied into its own buffer, which
/// does not shrink. So a filled event costs no allocation. One thread at a time.
/// </remarks>
public sealed class KernelEvent
{
    private readonly EventArguments _arguments;
    private readonly List<List<Text>> _lists = [];
    private int _listsInUse;

    /// <summary>An event that has not happened yet.</summary>
    public KernelEvent()
    {
        Scratch = new Scratch();
        _arguments = new EventArguments(this);
    }

    /// <summary>What happened.</summary>
    public EventType Type { get; private set; } = EventTypes.All[0];

    /// <summary>Running number, from 1.</summary>
    public ulong Number { get; set; }

    /// <summary>When, in nanoseconds since 1970.</summary>
    public long Timestamp { get; set; }

    /// <summary>Nanoseconds since the guard began to watch.</summary>
    public long SinceStart { get; set; }

    /// <summary>Nanoseconds since the event before.</summary>
    public long SincePrevious { get; set; }

    /// <summary>The processor.</summary>
    public int Processor { get; set; }

    /// <summary>What the call returned; negative error numbers. None for events that return nothing.</summary>
    public long? Result { get; set; }

    /// <summary>The thread, on the node.</summary>
    public int ThreadId { get; set; }

    /// <summary>The thread, in its own namespace.</summary>
    public int VirtualThreadId { get; set; }

    /// <summary>The process; absent where the sensor missed its birth.</summary>
    public ProcessFacts? Process { get; set; }

    /// <summary>Number of the descriptor the call was about, or made.</summary>
    public int? DescriptorNumber { get; set; }

    /// <summary>That descriptor.</summary>
    public DescriptorFacts? Descriptor { get; set; }

    /// <summary>Name of the machine.</summary>
    public Text HostName { get; set; }

    /// <summary>Room for texts that are made for this event.</summary>
    internal Scratch Scratch { get; }

    internal EventArguments Arguments => _arguments;

    internal ContainerFacts? Container => Process?.Container;

    /// <summary>Forgets everything and begins an event of a kind.</summary>
    public void Begin(EventType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        Type = type;
        Number = 0;
        (Timestamp, SinceStart, SincePrevious) = (0, 0, 0);
        (Processor, ThreadId, VirtualThreadId) = (0, 0, 0);
        Result = null;
        Process = null;
        (DescriptorNumber, Descriptor) = (null, null);
        Scratch.Clear();
        _listsInUse = 0;
        _arguments.Begin(type);
    }

    /// <summary>Sets an argument to a number, in the kernel's own encoding.</summary>
    /// <param name="position">Its place in <see cref="EventType.Arguments"/>.</param>
    /// <param name="value">The number.</param>
    public void SetArgument(int position, long value) => _arguments.Set(position, value);

    /// <summary>Sets an argument to a text, which is copied.</summary>
    /// <param name="position">Its place in <see cref="EventType.Arguments"/>.</param>
    /// <param name="value">The bytes.</param>
    public void SetArgument(int position, ReadOnlySpan<byte> value) => _arguments.Set(position, value);

    /// <summary>Sets an argument to a number whose name is known, as of a user: what a recording has.</summary>
    internal void SetArgument(int position, long value, ReadOnlySpan<byte> name) => _arguments.Set(position, value, name);

    /// <summary>A text in the event's own buffer, good until <see cref="Begin"/>: for names of descriptors that live one event long.</summary>
    public Text Copy(ReadOnlySpan<byte> value) => Scratch.Begin().Append(value).Take();

    /// <summary>An empty list for texts of this event, used again after <see cref="Begin"/>.</summary>
    internal List<Text> TakeList()
    {
        if (_listsInUse == _lists.Count)
        {
            _lists.Add([]);
        }

        var list = _lists[_listsInUse++];
        list.Clear();
        return list;
    }
}
