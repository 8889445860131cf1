namespace Skerry.Linux.Processes;

/// <summary>Waits for the ends of children: one thread for all of them, begun with the first, and none of the pool's.</summary>
internal static class ChildWatch
{
    private static ExitWatch? _watch; // the home thread's alone

    /// <summary>Takes over a process descriptor and calls back once, on the thread pool, when the process has ended.</summary>
    internal static void Add(FileDescriptor pidfd, Action ended) => HomeThread.Post(() =>
    {
        try
        {
            (_watch ??= new ExitWatch()).Add(pidfd, ended);
        }
        catch (LinuxException)
        {
            // The kernel watches no more of them (max_user_watches, epoll(7)): a thread does.
            new Thread(() =>
            {
                PidFd.WaitReadable(pidfd, Timeout.InfiniteTimeSpan);
                pidfd.Dispose();
                ended();
            }) { IsBackground = true, Name = "child" }.Start();
        }
    });
}
