using System.Collections.Concurrent;

namespace Skerry.Linux.Processes;

/// <summary>
/// The thread that tells others what an <see cref="ApartThread"/> has done: it is as the process is, so whatever is started or queued
/// from it is so too. It only hands on; what is posted must not block.
/// </summary>
internal static class HomeThread
{
    private static readonly BlockingCollection<Action> Posted = [];

    static HomeThread()
    {
        if (ApartThread.IsCurrent)
        {
            throw new InvalidOperationException("the home thread cannot be started from a thread that stands apart");
        }

        new Thread(Loop) { IsBackground = true, Name = "home" }.Start();
    }

    /// <summary>Has it run. Starts no thread, whoever calls.</summary>
    internal static void Post(Action action) => Posted.Add(action);

    /// <summary>Sees to it that the thread is there; before any thread stands apart.</summary>
    internal static void Ensure() => System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(typeof(HomeThread).TypeHandle);

    private static void Loop()
    {
        foreach (var action in Posted.GetConsumingEnumerable())
        {
            action();
        }
    }
}
