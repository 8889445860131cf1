using Skerry.Linux;
using Skerry.Linux.Processes;

namespace Skerry.Node.Sensors.Responses;

/// <summary>
/// Kills processes on a thread of its own, of which there are more than the sensor's thread may stop for. Where a container makes them faster than they are killed, it is killed as a
/// whole. The thread runs behind the sensor's and ahead of ordinary ones.
/// </summary>
/// <remarks>One thread gives.</remarks>
/// <param name="outrun">Told of a container whose processes did not get fewer.</param>
internal sealed class KillSweep(Action<SensedContainer> outrun)
{
    private const int Kill = 9; // SIGKILL
    private const int Priority = 9; // sched(7): the sensor's thread has 10
    private const long Longest = 3_000_000_000; // nanoseconds that a container may take of it without an end

    private readonly object _gate = new(); // guards both below
    private readonly Queue<(SensedContainer Container, ProcessIdentity Process)> _queue = [];
    private readonly Dictionary<SensedContainer, (long Since, int Count)> _waiting = [];
    private bool _runs; // of who gives

    /// <summary>Processes that wait.</summary>
    internal int Count
    {
        get
        {
            lock (_gate)
            {
                return _queue.Count;
            }
        }
    }

    /// <summary>Has the thread there when it is needed; returns at once.</summary>
    internal void Begin()
    {
        if (!_runs)
        {
            // A thread waits for the one that it starts: this is not for the sensor's.
            _runs = true;
            _ = Task.Run(() => new Thread(Run) { IsBackground = true, Name = "sweep" }.Start());
        }
    }

    /// <summary>Has processes killed; returns at once.</summary>
    internal void Add(SensedContainer container, ReadOnlySpan<ProcessIdentity> processes)
    {
        if (processes.IsEmpty)
        {
            return;
        }

        Begin();
        lock (_gate)
        {
            var (since, count) = _waiting.GetValueOrDefault(container, (KernelClock.Monotonic, 0));
            _waiting[container] = (since, count + processes.Length);
            foreach (var process in processes)
            {
                _queue.Enqueue((container, process));
            }

            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        Linux.Processes.ThreadPriority.TryBecomeRealTime(Priority);
        while (true)
        {
            var (container, process) = Next();
            if (!container.IsCondemned)
            {
                try
                {
                    process.Signal(Kill);
                }
                catch (LinuxException)
                {
                    // What made it was told of; there is no alert of this one.
                }
            }

            if (Done(container))
            {
                outrun(container);
            }
        }
    }

    private (SensedContainer Container, ProcessIdentity Process) Next()
    {
        lock (_gate)
        {
            while (_queue.Count == 0)
            {
                Monitor.Wait(_gate);
            }

            return _queue.Dequeue();
        }
    }

    /// <summary>One of a container is done; true where there is no end to them.</summary>
    private bool Done(SensedContainer container)
    {
        lock (_gate)
        {
            var (since, count) = _waiting[container];
            if (count == 1)
            {
                _waiting.Remove(container);
                return false;
            }

            _waiting[container] = (since, count - 1);
            return KernelClock.Monotonic - since > Longest && !container.IsCondemned;
        }
    }
}
