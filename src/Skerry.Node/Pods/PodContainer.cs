using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;
using Skerry.Linux.Processes;
using State = Skerry.Contracts.Node.V1.ContainerState;

namespace Skerry.Node.Pods;

/// <summary>
/// One container as it is now.
/// </summary>
/// <remarks>
/// <code>
/// CREATED → RUNNING ⇄ PAUSED
///    ↓         ↓        ↓
///  FAILED    EXITED ← ──┘      EXITED, FAILED → WAITING → RUNNING (restart)
/// </code>
/// Changed only by who holds the pod's gate; read by anybody.
/// </remarks>
internal sealed class PodContainer(ContainerRecord record)
{
    private TaskCompletionSource<Exit> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the journal has of it.</summary>
    internal ContainerRecord Record { get; } = record;

    /// <summary>What is shown of it.</summary>
    internal Container View => Record.Container;

    /// <summary>Container id.</summary>
    internal string Id => View.Id;

    /// <summary>The monitor, when it is this daemon's child.</summary>
    internal ChildProcess? MonitorChild { get; set; }

    /// <summary>The size of the terminal that it is started on; null: not known.</summary>
    internal TerminalSize? FirstSize { get; set; }

    /// <summary>Cancels a restart that waits for its time.</summary>
    internal CancellationTokenSource? Restart { get; set; }

    /// <summary>True while its processes exist.</summary>
    internal bool IsAlive => View.Pid > 0 && View.State is (State.Running or State.Paused or State.Created);

    /// <summary>True while its first process does what it was started for, or is paused in it; the kernel is asked.</summary>
    internal bool IsRunning => View.State is State.Running or State.Paused && Process.IsRunning();

    /// <summary>Completes when the present run ends.</summary>
    internal Task<Exit> Ended => _ended.Task;

    /// <summary>The first process.</summary>
    internal ProcessIdentity Process => new(View.Pid, Record.PidStart);

    /// <summary>The monitor.</summary>
    internal ProcessIdentity Monitor => new(Record.MonitorPid, Record.MonitorStart);

    /// <summary>A new run begins.</summary>
    internal void Begin()
    {
        if (_ended.Task.IsCompleted)
        {
            _ended = new TaskCompletionSource<Exit>(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>The present run is over.</summary>
    internal void End(Exit exit) => _ended.TrySetResult(exit);
}
