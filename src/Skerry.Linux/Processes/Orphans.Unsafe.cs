using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Processes;

/// <summary>
/// Reaps children that this process did not start: those of children that ended before theirs did. Nobody waits for them, and a program
/// that waits for such a process to vanish (runsc delete) waits until somebody reaps it.
/// </summary>
/// <remarks>
/// What must hold: a child of <see cref="Spawn"/> is reaped by its <see cref="ChildProcess"/> alone. So what is not known as such is only
/// reaped while nothing is being spawned, when every child that was spawned is known.
/// </remarks>
internal static class Orphans
{
    private static readonly ConcurrentDictionary<int, bool> Own = new();
    private static readonly ReaderWriterLockSlim Spawning = new();
    private static PosixSignalRegistration? _ends;

    // An own child that ended is before others in the kernel's list: look again when it is reaped.
    private static volatile bool _isBlocked;

    /// <summary>Held while a child is made and becomes known.</summary>
    internal static Held Begin()
    {
        Spawning.EnterReadLock();
        return default;
    }

    /// <summary>A child of this process's making.</summary>
    internal static void Know(int pid) => Own[pid] = true;

    /// <summary>It has been reaped.</summary>
    internal static void Forget(int pid)
    {
        Own.TryRemove(pid, out _);
        if (_isBlocked)
        {
            HomeThread.Post(static () => ThreadPool.UnsafeQueueUserWorkItem(static _ => ReapEnded(), null));
        }
    }

    /// <summary>From now on orphans are reaped as they end.</summary>
    internal static void Reap()
    {
        _ends ??= PosixSignalRegistration.Create(PosixSignal.SIGCHLD, static _ => ReapEnded());
        ReapEnded();
    }

    /// <summary>
    /// Reaps what has ended and is not known, now. For a process of one thread, which sees to it that no child is on its way to be adopted.
    /// </summary>
    internal static unsafe void ReapNow()
    {
        var info = stackalloc int[32]; // siginfo_t, 128 bytes
        while (true)
        {
            info[SpawnCalls.SigInfoPid] = 0;
            var result = SpawnCalls.WaitId(SpawnCalls.P_ALL, 0, info, SpawnCalls.WEXITED | SpawnCalls.WNOHANG | SpawnCalls.WNOWAIT, null);
            var pid = info[SpawnCalls.SigInfoPid];
            if (result != 0 || pid == 0 || Own.ContainsKey(pid))
            {
                return;
            }

            _ = SpawnCalls.WaitId(SpawnCalls.P_PID, (uint)pid, info, SpawnCalls.WEXITED | SpawnCalls.WNOHANG, null);
        }
    }

    private static unsafe void ReapEnded()
    {
        var info = stackalloc int[32]; // siginfo_t, 128 bytes
        Spawning.EnterWriteLock();
        try
        {
            while (true)
            {
                info[SpawnCalls.SigInfoPid] = 0;
                if (SpawnCalls.WaitId(SpawnCalls.P_ALL, 0, info, SpawnCalls.WEXITED | SpawnCalls.WNOHANG | SpawnCalls.WNOWAIT, null) != 0 || info[SpawnCalls.SigInfoPid] == 0)
                {
                    _isBlocked = false;
                    return;
                }

                // Said first: whoever reaps it meanwhile sees that somebody waits for that.
                var pid = info[SpawnCalls.SigInfoPid];
                _isBlocked = true;
                if (Own.ContainsKey(pid))
                {
                    return;
                }

                _ = SpawnCalls.WaitId(SpawnCalls.P_PID, (uint)pid, info, SpawnCalls.WEXITED | SpawnCalls.WNOHANG, null);
            }
        }
        finally
        {
            Spawning.ExitWriteLock();
        }
    }

    /// <summary>Ends <see cref="Begin"/>.</summary>
    internal readonly struct Held : IDisposable
    {
        public void Dispose() => Spawning.ExitReadLock();
    }
}
