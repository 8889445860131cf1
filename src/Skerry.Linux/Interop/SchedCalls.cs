using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>sched.h: how a thread is scheduled.</summary>
internal static unsafe partial class SchedCalls
{
    internal const int SCHED_FIFO = 1;

    /// <summary>Threads that this one starts are scheduled as usual (sched(7)).</summary>
    internal const int SCHED_RESET_ON_FORK = 0x40000000;

    /// <summary>struct sched_param: one int.</summary>
    [LibraryImport(Unistd.Libc, EntryPoint = "sched_setscheduler", SetLastError = true)]
    internal static partial int SetScheduler(int thread, int policy, int* priority);
}
