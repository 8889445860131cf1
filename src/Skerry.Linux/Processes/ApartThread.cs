namespace Skerry.Linux.Processes;

/// <summary>
/// A thread of its own for work that changes what the kernel keeps for each thread: namespaces, file ids, capabilities.
/// </summary>
/// <remarks>
/// A new thread takes all of that from the one that starts it (clone(2)), and the thread pool starts its workers from whoever queues
/// something. So nothing may be queued from here: not a continuation, not a timer, not a task; a worker of the pool that was born in a
/// container's mount namespace would do the node's work there, unseen, for as long as it lives. Therefore results are told by
/// <see cref="HomeThread"/>, and what must be awaited meanwhile goes through <see cref="Await"/>.
/// </remarks>
public static class ApartThread
{
    [ThreadStatic]
    private static bool _isApart;

    /// <summary>Whether the calling thread stands apart.</summary>
    public static bool IsCurrent => _isApart;

    /// <summary>Does blocking work on a new thread that ends with it.</summary>
    /// <param name="name">The thread's name, for people.</param>
    /// <param name="work">The work; it queues nothing, see the type.</param>
    public static Task<T> Run<T>(string name, Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Start(name, () => Complete(done, work));
        return done.Task;
    }

    /// <summary>Waits, blocking this thread, for work that may be queued; it begins on the home thread and must not block there.</summary>
    public static T Await<T>(Func<Task<T>> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (!_isApart)
        {
            return work().GetAwaiter().GetResult();
        }

        var done = new TaskCompletionSource<T>();
        HomeThread.Post(() => _ = Follow(done, work));
        return done.Task.GetAwaiter().GetResult();
    }

    /// <summary>Starts a thread that stands apart.</summary>
    internal static Thread Start(string name, Action body)
    {
        HomeThread.Ensure();
        var thread = new Thread(() =>
        {
            _isApart = true;
            body();
        }) { IsBackground = true, Name = name };
        thread.Start();
        return thread;
    }

    /// <summary>Does the work here and has its end told from home.</summary>
    internal static void Complete<T>(TaskCompletionSource<T> done, Func<T> work)
    {
        try
        {
            var result = work();
            HomeThread.Post(() => done.SetResult(result));
        }
        catch (Exception error)
        {
            HomeThread.Post(() => done.SetException(error));
        }
    }

    private static async Task Follow<T>(TaskCompletionSource<T> done, Func<Task<T>> work)
    {
        try
        {
            done.SetResult(await work().ConfigureAwait(false));
        }
        catch (Exception error)
        {
            done.SetException(error);
        }
    }
}
