using Skerry.Linux;
using Skerry.Linux.Bpf;

namespace Skerry.Node.Sensors.Gvisor;

/// <summary>
/// Makes of the points of one sandbox the records that the sensor's programs would have written, so that rules, recorder and answers know no
/// difference. What gVisor does not tell is left out, never guessed.
/// </summary>
/// <remarks>
/// Belongs to the sensor's thread. A sandbox may say anything, but only of itself and in bounded room: processes, sockets and programs that are
/// about to start are counted, and what is over is refused.
/// </remarks>
internal sealed class PointTranslator
{
    /// <summary>Most processes of a sandbox that are known at a time.</summary>
    internal const int MostProcesses = 2048;

    private const int MostPending = 64;
    private const int MostPendingBytes = 1 << 20;
    private const int MostExpected = 32;
    private const long ExpectedFor = 10_000_000_000;
    private const ushort Execve = 59; // asm/unistd_64.h
    private const ulong CloneThread = 0x10000; // linux/sched.h
    private const uint NoLogin = uint.MaxValue;
    private const long OldestEvent = 60_000_000_000;

    private readonly SensedContainer _container;
    private readonly ProcessTable _processes;
    private readonly RecordSink _sink;
    private readonly RecordWriter _record = new();
    private readonly ProgramRecord _programs;
    private readonly CallRecord _calls;
    private readonly Dictionary<int, byte[]> _pending = []; // programs that were loaded and whose call has not returned, by process
    private readonly Queue<int> _order = [];
    private readonly List<ExpectedProgram> _expected = [];

    /// <param name="container">The container, whatever the points say.</param>
    /// <param name="processes">The processes that are known.</param>
    /// <param name="sink">Gets each record.</param>
    internal PointTranslator(SensedContainer container, ProcessTable processes, RecordSink sink)
    {
        (_container, _processes, _sink) = (container, processes, sink);
        _programs = new ProgramRecord(_record, container);
        _calls = new CallRecord(_record, processes, container);
    }

    /// <summary>A program is about to be started from outside: when a process appears that nobody saw begin and that has its name, it is this.</summary>
    internal void Expect(ExpectedProgram program)
    {
        if (_expected.Count == MostExpected)
        {
            _expected.RemoveAt(0);
        }

        _expected.Add(program);
    }

    /// <summary>Takes a point in. False: it is none, or is over a limit.</summary>
    /// <param name="kind">What the head of its message says.</param>
    /// <param name="message">Its bytes.</param>
    internal bool Take(PointKind kind, ReadOnlySpan<byte> message)
    {
        if (!Enum.IsDefined(kind) || kind == PointKind.None)
        {
            return true;
        }

        if (!Point.TryRead(kind, message, out var point) || !Introduce(point.By))
        {
            return false;
        }

        switch (kind)
        {
            case PointKind.Start:
                _programs.OfStart(point);
                Emit(Head(point.By, RecordKind.Exec, Execve, 0));
                return true;
            case PointKind.Clone:
                return Clone(point);
            case PointKind.Exec:
                Flush(point.By.Process, point.By.Name);
                Hold(point.By.Process, message);
                return true;
            case PointKind.Execve when point.HasReturned && point.Result >= 0:
                Started(point);
                return true;
            case PointKind.TaskExit:
                Flush(point.By.Process, point.By.Name);
                if (point.By.Thread == point.By.Process)
                {
                    _record.Begin();
                    Emit(Head(point.By, RecordKind.Exit, 0, (int)point.Number(2)));
                }

                return true;
            default:
                return Call(point);
        }
    }

    private bool Call(in Point point)
    {
        if (!point.HasReturned)
        {
            return true;
        }

        if (point.Kind == PointKind.Execve)
        {
            _pending.Remove(point.By.Process);
        }
        else
        {
            Flush(point.By.Process, point.By.Name);
        }

        if (!_calls.TryWrite(point, out var number, out var arguments))
        {
            return false;
        }

        var head = Head(point.By, RecordKind.Call, number, point.Result);
        head.Arguments = arguments;
        Emit(head);
        return true;
    }

    private bool Clone(in Point point)
    {
        const int Thread = 3, Process = 4, Start = 5, Flags = 6;
        Flush(point.By.Process, point.By.Name);
        if ((point.Number(Flags) & CloneThread) != 0 || (int)point.Number(Process) <= 0 || (int)point.Number(Process) == point.By.Process)
        {
            return true;
        }

        if (_container.ProcessCount >= MostProcesses)
        {
            return false;
        }

        var head = Head(point.By, RecordKind.Fork, 0, 0);
        head.Parent = head.Process;
        head.Process = head.VirtualProcess = (uint)point.Number(Process);
        head.Thread = head.VirtualThread = (uint)point.Number(Thread);
        head.Start = _processes.SinceBoot((long)point.Number(Start));
        _record.Begin();
        Emit(head);
        return true;
    }

    /// <summary>A call that starts programs has returned in the new program: now its name is known, too.</summary>
    private void Started(in Point point)
    {
        const int Path = 6;
        var by = point.By;
        var path = point.Text(Path);
        var number = point.Number(3) is var call && CallTable.All[(int)Math.Min(call, CallTable.Most)] is not null ? (ushort)call : Execve;
        if (_pending.Remove(by.Process, out var loaded) && Point.TryRead(PointKind.Exec, loaded, out var program))
        {
            _programs.OfLoaded(program, path.IsEmpty ? by.Name : path);
        }
        else
        {
            _programs.OfCall(point);
        }

        Emit(Head(by, RecordKind.Exec, number, 0));
    }

    private void Hold(int process, ReadOnlySpan<byte> message)
    {
        while (_order.Count == MostPending || (_order.Count > 0 && _pending.Values.Sum(static p => p.Length) + message.Length > MostPendingBytes))
        {
            _pending.Remove(_order.Dequeue());
        }

        _pending[process] = message.ToArray();
        _order.Enqueue(process);
    }

    /// <summary>Tells of a program whose call was not told: the process does something else already, or has ended.</summary>
    private void Flush(int process, ReadOnlySpan<byte> name)
    {
        if (_pending.Count > 0 && _pending.Remove(process, out var loaded) && Point.TryRead(PointKind.Exec, loaded, out var program))
        {
            _programs.OfLoaded(program, name);
            Emit(Head(program.By, RecordKind.Exec, Execve, 0));
        }
    }

    /// <summary>Sees to it that a process is known: one whose start nobody told, since it was there before, or was put into the sandbox from outside. False: there are too many.</summary>
    private bool Introduce(in PointContext by)
    {
        if (_processes.IsKnown((uint)by.Process, _processes.SinceBoot(by.Start), _container))
        {
            return true;
        }

        if (_container.ProcessCount >= MostProcesses)
        {
            return false;
        }

        _programs.OfStranger(by);
        Emit(Head(by, RecordKind.Fork, 0, 0));
        if (TakeExpected(by) is { } expected)
        {
            _programs.OfExpected(by, expected);
            Emit(Head(by, RecordKind.Exec, Execve, 0));
        }

        return true;
    }

    private ExpectedProgram? TakeExpected(in PointContext by)
    {
        for (var i = 0; i < _expected.Count; i++)
        {
            var expected = _expected[i];
            if (by.Start >= expected.After && by.Start - expected.After < ExpectedFor && by.Name.SequenceEqual(expected.Name))
            {
                _expected.RemoveAt(i);
                return expected;
            }
        }

        return null;
    }

    private RecordHead Head(in PointContext by, RecordKind kind, ushort call, long result) => new()
    {
        Time = Time(by.At),
        Start = _processes.SinceBoot(by.Start),
        Result = result,
        Container = _container.Number,
        Process = (uint)by.Process,
        Thread = (uint)by.Thread,
        VirtualProcess = (uint)by.Process,
        VirtualThread = (uint)by.Thread,
        User = by.User,
        Group = by.Group,
        Login = NoLogin,
        Kind = kind,
        Call = call,
    };

    /// <summary>The sandbox's time as the kernel's; one that cannot be is now.</summary>
    private static ulong Time(long at)
    {
        var (now, since) = (KernelClock.Monotonic, KernelClock.Realtime);
        var ago = at > since ? 0 : since - at;
        return (ulong)(at <= 0 || ago is < 0 or > OldestEvent ? now : Math.Max(1, now - ago));
    }

    private void Emit(in RecordHead head) => _sink(_record.End(head));
}
