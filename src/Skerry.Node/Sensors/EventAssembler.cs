using Skerry.Guard.Events;
using Skerry.Linux;
using Skerry.Linux.Bpf;

namespace Skerry.Node.Sensors;

/// <summary>Makes of a record of the sensor the event that rules judge, and keeps the table of processes by it. Belongs to the sensor's thread; nothing is allocated for a call.</summary>
internal sealed class EventAssembler
{
    private static readonly EventType Execve = EventTypes.Get("execve");
    private static readonly EventType Execveat = EventTypes.Get("execveat");
    private static readonly EventType ProcessExit = EventTypes.Get("procexit");
    private static readonly EventType Connect = EventTypes.Get("connect");
    private static readonly EventType SendTo = EventTypes.Get("sendto");
    private static readonly EventType SendMessage = EventTypes.Get("sendmsg");
    private static readonly EventType SendMessages = EventTypes.Get("sendmmsg");
    private static readonly EventType Accept = EventTypes.Get("accept");
    private static readonly EventType Accept4 = EventTypes.Get("accept4");
    private static readonly EventType SetSession = EventTypes.Get("setsid");
    private const int ExecveatNumber = 322; // asm/unistd_64.h
    private static readonly (int Position, Func<ProcessFacts, long?> Number)[] ExecNumbers = Numbers(Execve);
    private static readonly (int Position, Func<ProcessFacts, long?> Number)[] ExecAtNumbers = Numbers(Execveat);
    private static readonly (int Position, Func<ProcessFacts, Text> Text)[] ExecTexts = Texts(Execve);
    private static readonly (int Position, Func<ProcessFacts, Text> Text)[] ExecAtTexts = Texts(Execveat);

    private readonly ProcessTable _processes = new();
    private readonly DescriptorReader _descriptors = new();
    private readonly PathBytes _paths = new();
    private readonly Text _host = Environment.MachineName;
    private readonly byte[] _joined = new byte[16384];
    private long _offset = KernelClock.Realtime - KernelClock.Monotonic;
    private ulong _number;
    private long _first;
    private long _previous;

    /// <summary>The event; filled again with each record.</summary>
    internal KernelEvent Event { get; } = new();

    /// <summary>The process that the event is of.</summary>
    internal ProcessEntry? Entry { get; private set; }

    /// <summary>Processes that are known.</summary>
    internal ProcessTable Processes => _processes;

    /// <summary>Takes note that somebody may have set the clock.</summary>
    internal void Adjust() => _offset = KernelClock.Realtime - KernelClock.Monotonic;

    /// <summary>Takes a record in. False: there is no event to judge.</summary>
    internal bool TryAssemble(in RecordView view, SensedContainer container)
    {
        var head = view.Head;
        switch (head.Kind)
        {
            case RecordKind.Fork:
                _processes.Fork(view, container);
                return false;
            case RecordKind.Exec:
                var started = _processes.Find(head, container);
                _processes.Exec(started, view);
                Begin(head.Call == ExecveatNumber ? Execveat : Execve, head, started);
                Event.Result = 0;
                FillExec(started.Facts);
                return true;
            case RecordKind.Exit:
                var ended = _processes.Find(head, container);
                _processes.End(ended);
                Begin(ProcessExit, head, ended);
                FillExit(head.Result);
                return true;
            default:
                return TryAssembleCall(view, container);
        }
    }

    private bool TryAssembleCall(in RecordView view, SensedContainer container)
    {
        var head = view.Head;
        if (CallTable.All[head.Call] is not { } shape)
        {
            return false;
        }

        var entry = _processes.Find(head, container);
        if (shape.Plan.Handler == CallHandler.Directory && head.Result >= 0)
        {
            _processes.ChangeDirectory(entry, view.Section(SectionKind.WorkingDirectory));
        }

        Begin(shape.Type, head, entry);
        Event.Result = ResultOf(view, shape);
        FillDescriptor(view, shape);
        FillArguments(view, shape);
        if (shape.Plan.Handler == CallHandler.Capabilities && head.Result >= 0)
        {
            (entry.Facts.InheritableCapabilities, entry.Facts.PermittedCapabilities, entry.Facts.EffectiveCapabilities) = (head.Arguments[0], head.Arguments[1], head.Arguments[2]);
        }

        if (shape.Type == SetSession && head.Result >= 0)
        {
            entry.Facts.SessionId = (int)head.Result;
        }

        return true;
    }

    /// <summary>What the call returned; of a connection whose caller a signal took out of waiting, that it goes on: the handshake ends without another call.</summary>
    private static long ResultOf(in RecordView view, CallShape shape)
    {
        const int Interrupted = -4, Restarts = -512, InProgress = -115; // EINTR, ERESTARTSYS, EINPROGRESS
        const byte Established = 1, SynSent = 2, SynReceived = 3, CloseWait = 8; // net/tcp_states.h
        var head = view.Head;
        return head.Result is Interrupted or Restarts && (shape.Type == Connect || IsFastOpen(head, shape.Type))
            && view.TryRead<DescriptorState>(SectionKind.Descriptor, out var socket) && socket.State is Established or SynSent or SynReceived or CloseWait
            ? InProgress
            : head.Result;
    }

    private static bool IsFastOpen(in RecordHead head, EventType type)
    {
        const ulong FastOpen = 0x20000000; // MSG_FASTOPEN, linux/socket.h
        var flags = type == SendTo || type == SendMessages ? head.Arguments[3] : type == SendMessage ? head.Arguments[2] : 0;
        return (flags & FastOpen) != 0;
    }

    private void Begin(EventType type, in RecordHead head, ProcessEntry entry)
    {
        Event.Begin(type);
        Entry = entry;
        Event.Number = ++_number;
        Event.Timestamp = (long)head.Time + _offset;
        _first = _first == 0 ? Event.Timestamp : _first;
        Event.SinceStart = Math.Max(0, Event.Timestamp - _first);
        Event.SincePrevious = _previous == 0 ? 0 : Math.Max(0, Event.Timestamp - _previous);
        _previous = Event.Timestamp;
        Event.Processor = head.Processor;
        Event.ThreadId = (int)head.Thread;
        Event.VirtualThreadId = (int)head.VirtualThread;
        Event.Process = entry.Facts;
        Event.HostName = _host;
    }

    private void FillDescriptor(in RecordView view, CallShape shape)
    {
        var plan = shape.Plan;
        if (plan.Descriptor < 0)
        {
            return;
        }

        var head = view.Head;
        Event.Descriptor = _descriptors.Read(view, Event, shape.Type == Connect, shape.Type == Accept || shape.Type == Accept4);
        Event.DescriptorNumber = plan.Descriptor == CallPlan.FromResult ? (int)Math.Max(-1, head.Result) : (int)head.Arguments[plan.Descriptor];
    }

    private void FillArguments(in RecordView view, CallShape shape)
    {
        var head = view.Head;
        foreach (var setter in shape.Setters)
        {
            switch (setter.From)
            {
                case CallShape.Origin.Argument:
                    Event.SetArgument(setter.Position, (long)head.Arguments[setter.Index]);
                    break;
                case CallShape.Origin.Integer:
                    Event.SetArgument(setter.Position, (int)head.Arguments[setter.Index]);
                    break;
                case CallShape.Origin.Result:
                    Event.SetArgument(setter.Position, Event.Result ?? head.Result);
                    break;
                case CallShape.Origin.Name:
                    if (Event.Descriptor is { Name.IsAbsent: false } named)
                    {
                        Event.SetArgument(setter.Position, named.Name.Span);
                    }

                    break;
                default:
                    FillText(view, setter);
                    break;
            }
        }
    }

    /// <summary>A path that is relative to another directory than the working directory is told absolute.</summary>
    private void FillText(in RecordView view, CallShape.Setter setter)
    {
        var kind = SectionKind.Text0 + (ushort)setter.Index;
        if (!view.Has(kind))
        {
            return;
        }

        var text = view.Section(kind);
        var below = setter.Index switch { 0 => view.Section(SectionKind.Directory0), 1 => view.Section(SectionKind.Directory1), _ => [] };
        if (below.IsEmpty || text is [(byte)'/', ..])
        {
            Event.SetArgument(setter.Position, text);
            return;
        }

        var directory = _paths.Read(below, out _);
        var length = Math.Min(directory.Length, _joined.Length / 2);
        directory[..length].CopyTo(_joined);
        _joined[length] = (byte)'/';
        var rest = Math.Min(text.Length, _joined.Length - length - 1);
        text[..rest].CopyTo(_joined.AsSpan(length + 1));
        Event.SetArgument(setter.Position, _joined.AsSpan(0, length + 1 + rest));
    }

    private void FillExec(ProcessFacts facts)
    {
        foreach (var (position, number) in Event.Type == Execve ? ExecNumbers : ExecAtNumbers)
        {
            if (number(facts) is { } value)
            {
                Event.SetArgument(position, value);
            }
        }

        foreach (var (position, text) in Event.Type == Execve ? ExecTexts : ExecAtTexts)
        {
            if (text(facts) is { IsAbsent: false } value)
            {
                Event.SetArgument(position, value.Span);
            }
        }
    }

    /// <summary>The status of wait(2): exit code in the second byte, signal in the first.</summary>
    private void FillExit(long status)
    {
        Event.SetArgument(0, status);
        Event.SetArgument(1, (status >> 8) & 0xFF);
        Event.SetArgument(2, status & 0x7F);
        Event.SetArgument(3, (status >> 7) & 1);
    }

    private static (int Position, Func<ProcessFacts, long?> Number)[] Numbers(EventType type) =>
    [
        (PositionOf(type, "res"), static _ => 0),
        (PositionOf(type, "tid"), static p => p.Pid),
        (PositionOf(type, "pid"), static p => p.Pid),
        (PositionOf(type, "ptid"), static p => p.Parent?.Pid),
        (PositionOf(type, "tty"), static p => p.Terminal),
        (PositionOf(type, "vpgid"), static p => p.VirtualGroupId),
        (PositionOf(type, "pgid"), static p => p.GroupId),
        (PositionOf(type, "uid"), static p => p.User?.Uid),
        (PositionOf(type, "gid"), static p => p.User?.Gid),
        (PositionOf(type, "exe_ino"), static p => (long?)p.ExecutableInode),
        (PositionOf(type, "exe_ino_ctime"), static p => p.ExecutableChangeTime),
        (PositionOf(type, "exe_ino_mtime"), static p => p.ExecutableModifyTime),
        (PositionOf(type, "cap_inheritable"), static p => (long?)p.InheritableCapabilities),
        (PositionOf(type, "cap_permitted"), static p => (long?)p.PermittedCapabilities),
        (PositionOf(type, "cap_effective"), static p => (long?)p.EffectiveCapabilities),
        (PositionOf(type, "flags"), static p => (p.IsExecutableWritable == true ? 1 : 0) | (p.IsExecutableInUpperLayer == true ? 2 : 0)
            | (p.IsExecutableInMemory == true ? 4 : 0) | (p.IsExecutableInLowerLayer == true ? 8 : 0)),
    ];

    private static (int Position, Func<ProcessFacts, Text> Text)[] Texts(EventType type) =>
    [
        (PositionOf(type, "exe"), static p => p.Executable),
        (PositionOf(type, "args"), static p => p.JoinedArguments),
        (PositionOf(type, "cwd"), static p => p.WorkingDirectory),
        (PositionOf(type, "comm"), static p => p.Name),
        (PositionOf(type, "trusted_exepath"), static p => p.ExecutablePath),
    ];

    private static int PositionOf(EventType type, string argument) => type.Arguments.Index().First(a => a.Item == argument).Index;
}
