using System.Diagnostics;
using System.Globalization;
using Skerry.Linux.Processes;

namespace Skerry.Linux.Tests.Processes;

/// <summary>Children that live on while nobody waits for them, and many of them.</summary>
public sealed class ChildProcessTests
{
    /// <summary>More than the thread pool would begin within <see cref="Soon"/>.</summary>
    private const int Many = 100;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Children_that_were_disposed_hold_no_thread_of_the_pool_and_are_reaped_when_they_end()
    {
        var children = Enumerable.Range(0, Many).Select(static _ => Sleep()).ToList();
        var pids = children.ConvertAll(static c => c.Pid);
        try
        {
            children.ForEach(static c => c.Dispose());
            children[0].Dispose();
            await ThePoolWorks();
        }
        finally
        {
            pids.ForEach(Kill);
        }

        var began = Stopwatch.GetTimestamp();
        while (pids.Exists(static pid => Directory.Exists($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}")))
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Soon, "they are not reaped");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task The_ends_of_many_are_awaited_without_a_thread_of_the_pool()
    {
        var children = Enumerable.Range(0, Many).Select(static _ => Sleep()).ToList();
        try
        {
            var ends = children.ConvertAll(static c => c.Ended());
            await ThePoolWorks();
            Assert.DoesNotContain(ends, static end => end.IsCompleted);
            children.ForEach(static c => c.Signal(9));
            await Task.WhenAll(ends).WaitAsync(Soon, TestContext.Current.CancellationToken);
            Assert.All(children, static c => Assert.Equal(128 + 9, c.Wait(TimeSpan.Zero)));
            Assert.True(children[0].Ended().IsCompleted);
        }
        finally
        {
            children.ForEach(static c => c.Signal(9));
            children.ForEach(static c => c.Dispose());
        }
    }

    private static async Task ThePoolWorks()
    {
        // Behind what all others have queued; a timer would need the pool as well.
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var began = Stopwatch.GetTimestamp();
        ThreadPool.UnsafeQueueUserWorkItem(static done => done.SetResult(), done, preferLocal: false);
        await done.Task;
        Assert.True(Stopwatch.GetElapsedTime(began) < Soon, "the pool is held up");
    }

    private static ChildProcess Sleep() => Spawn.Start(new SpawnRequest { Path = "/bin/sleep", Arguments = ["1000"] });

    private static void Kill(int pid)
    {
        if (ProcessIdentity.Of(pid) is { } child)
        {
            child.Signal(9);
        }
    }
}
