using Skerry.Guard.Events;

namespace Skerry.Guard.Recorder;

/// <summary>
/// What the events of a block point at: users, pods, containers, descriptors and processes, each state of them once. A row
/// names rows of other tables, and of its own table earlier ones alone, so that no chain of processes has a loop.
/// </summary>
internal sealed class FactTables
{
    private readonly Dictionary<Facts, (uint Version, uint Inner, int Row)> _known = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<ProcessFacts, ProcessMark> _processes = new(ReferenceEqualityComparer.Instance);
    private readonly Stack<ProcessMark> _spare = new();
    private readonly ByteColumn _row = new();
    private long _made;

    public ByteTable Texts { get; } = new();

    public ByteTable Users { get; } = new();

    public ByteTable Pods { get; } = new();

    public ByteTable Containers { get; } = new();

    public ByteTable Descriptors { get; } = new();

    public ByteTable Processes { get; } = new();

    public int Length => Texts.Length + Users.Length + Pods.Length + Containers.Length + Descriptors.Length + Processes.Length;

    public void Clear()
    {
        Texts.Clear();
        Users.Clear();
        Pods.Clear();
        Containers.Clear();
        Descriptors.Clear();
        Processes.Clear();
        _known.Clear();
        foreach (var mark in _processes.Values)
        {
            mark.Forget();
            _spare.Push(mark);
        }

        _processes.Clear();
        _made = 0;
    }

    /// <summary>Number of a text plus one; 0 for absent text.</summary>
    public ulong Text(Text text) => text.IsAbsent ? 0 : (ulong)Texts.Add(text.Span, out _) + 1;

    /// <summary>Row of a descriptor.</summary>
    public int Descriptor(DescriptorFacts descriptor)
    {
        if (_known.TryGetValue(descriptor, out var known) && known.Version == descriptor.Version)
        {
            return known.Row;
        }

        FactRows.Write(_row, descriptor, this);
        var row = Descriptors.Add(_row.Span, out _);
        _known[descriptor] = (descriptor.Version, 0, row);
        return row;
    }

    /// <summary>Row of a container.</summary>
    public int Container(ContainerFacts container)
    {
        var inner = container.Pod?.Version ?? 0;
        if (_known.TryGetValue(container, out var known) && known.Version == container.Version && known.Inner == inner)
        {
            return known.Row;
        }

        var pod = container.Pod is { } facts ? Pod(facts) : -1;
        var labels = LengthOf(container.Labels);
        Require(labels);
        FactRows.Write(_row, container, pod, this);
        var row = Containers.Add(_row.Span, out var isNew);
        _made += isNew ? labels : 0;
        _known[container] = (container.Version, inner, row);
        return row;
    }

    /// <summary>Row of a process, after rows of its ancestors.</summary>
    /// <param name="process">The process.</param>
    /// <param name="above">How many of its ancestors can matter.</param>
    public int Process(ProcessFacts process, int above = ProcessFacts.DeepestAncestor)
    {
        var parent = above > 0 && process.Parent is { } next ? Process(next, above - 1) : -1;
        if (_processes.TryGetValue(process, out var mark) && mark.Holds(process) && (mark.ParentRow == parent || above == 0))
        {
            return mark.Row;
        }

        var row = AddProcess(process, parent);
        if (mark is null)
        {
            mark = _spare.TryPop(out var spare) ? spare : new ProcessMark();
            _processes[process] = mark;
        }

        mark.Take(process, row, parent);
        return row;
    }

    private int AddProcess(ProcessFacts process, int parent)
    {
        Require(process.JoinedArguments.Length);
        var user = process.User is { } who ? User(who) : -1;
        var container = process.Container is { } around ? Container(around) : -1;
        Span<int> streams = stackalloc int[process.StandardStreams.Length];
        for (var i = 0; i < streams.Length; i++)
        {
            streams[i] = process.StandardStreams[i] is { } stream ? Descriptor(stream) : -1;
        }

        FactRows.Write(_row, process, parent, user, container, streams, this);
        var row = Processes.Add(_row.Span, out var isNew);
        _made += isNew ? process.JoinedArguments.Length : 0;
        return row;
    }

    /// <summary>Readers make so many bytes of texts and no more.</summary>
    private void Require(long bytes)
    {
        if (_made + bytes > RecordFormat.MaxMade)
        {
            throw new BlockFullException();
        }
    }

    private static long LengthOf(IReadOnlyDictionary<string, Text> labels) => labels.Sum(static l => (long)System.Text.Encoding.UTF8.GetByteCount(l.Key));

    private int User(UserFacts user)
    {
        if (_known.TryGetValue(user, out var known) && known.Version == user.Version)
        {
            return known.Row;
        }

        FactRows.Write(_row, user, this);
        var row = Users.Add(_row.Span, out _);
        _known[user] = (user.Version, 0, row);
        return row;
    }

    private int Pod(PodFacts pod)
    {
        if (_known.TryGetValue(pod, out var known) && known.Version == pod.Version)
        {
            return known.Row;
        }

        var labels = LengthOf(pod.Labels);
        Require(labels);
        FactRows.Write(_row, pod, this);
        var row = Pods.Add(_row.Span, out var isNew);
        _made += isNew ? labels : 0;
        _known[pod] = (pod.Version, 0, row);
        return row;
    }
}
