using Skerry.Linux.Interop;

namespace Skerry.Linux.Processes;

/// <summary>Puts the calling thread ahead of ordinary ones.</summary>
public static class ThreadPriority
{
    /// <summary>
    /// Schedules the calling thread first in, first out at this priority; threads that it starts are ordinary (sched(7)). False: the machine
    /// does not allow it, and the thread stays as it was.
    /// </summary>
    public static unsafe bool TryBecomeRealTime(int priority) =>
        SchedCalls.SetScheduler(0, SchedCalls.SCHED_FIFO | SchedCalls.SCHED_RESET_ON_FORK, &priority) == 0;
}
