using Skerry.Linux.Namespaces;
using Skerry.Linux.Network;
using Skerry.Linux.Processes;

namespace Skerry.Linux.Tests.Processes;

/// <summary>
/// The thread pool starts workers from the thread that queues something, and they inherit what that thread is in: so a result must be
/// told from a thread that is as the process is. A scheduler that is asked to queue sees which thread that is.
/// </summary>
public sealed class ApartThreadTests
{
    [Fact]
    public async Task What_a_spawn_thread_has_done_is_told_from_outside_its_mount_namespace()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: it makes mount namespaces");
        using var thread = new SpawnThread("test");
        Assert.Equal(Here("mnt"), await WhoTells("mnt", thread.Run, Here("mnt")));
        Assert.Equal(Here("mnt"), await WhoTells("mnt", work => thread.RunInNewNamespace(work), Here("mnt")));
    }

    [Fact]
    public async Task What_was_done_in_a_network_namespace_is_told_from_outside_it()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: it makes network namespaces");
        var made = NetworkNamespace.Create();
        try
        {
            Assert.Equal(Here("net"), await WhoTells("net", work => NetworkNamespace.RunAsync(made[0], "test", work), Here("net")));
        }
        finally
        {
            foreach (var each in made)
            {
                each.Dispose();
            }
        }
    }

    [Fact]
    public async Task What_was_done_under_other_file_ids_is_told_under_the_own()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: it assumes other ids");
        Assert.Equal("0", await WhoTells("fsuid", static work => FileIdentity.Run("test", identity =>
        {
            identity.Assume(4711, 4711);

            // Also what it waits for meanwhile begins outside.
            Assert.Equal("0", ApartThread.Await(static () => Task.FromResult(Here("fsuid"))));
            return work();
        }), "0"));
    }

    [Fact]
    public async Task An_error_of_the_work_reaches_whoever_waits()
    {
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => ApartThread.Run<int>("test", static () => throw new InvalidDataException("so it is")));
        Assert.Equal("so it is", error.Message);
        error = await Assert.ThrowsAsync<InvalidDataException>(() => ApartThread.Run(
            "test", static () => ApartThread.Await(static () => Task.FromException<int>(new InvalidDataException("so it was")))));
        Assert.Equal("so it was", error.Message);
    }

    /// <summary>Where the calling thread is.</summary>
    private static string Here(string what) => what == "fsuid"
        ? File.ReadLines("/proc/thread-self/status").First(static line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[4]
        : File.ResolveLinkTarget("/proc/thread-self/ns/" + what, false)!.Name;

    /// <summary>Where the thread is that queues the continuation of work that is done elsewhere than <paramref name="home"/>.</summary>
    private static async Task<string> WhoTells(string what, Func<Func<string>, Task<string>> run, string home)
    {
        var asked = new Asked(what);

        // Held until the continuation is there, so that whoever completes the work queues it.
        using var begin = new ManualResetEventSlim();
        var work = run(() =>
        {
            begin.Wait();
            return Here(what);
        });
        var told = work.ContinueWith(static task => task.GetAwaiter().GetResult(), CancellationToken.None, TaskContinuationOptions.None, asked);
        begin.Set();
        Assert.NotEqual(home, await told);
        return await asked.Where.Task;
    }

    private sealed class Asked(string what) : TaskScheduler
    {
        internal TaskCompletionSource<string> Where { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override void QueueTask(Task task)
        {
            Where.TrySetResult(Here(what));
            ThreadPool.UnsafeQueueUserWorkItem(_ => TryExecuteTask(task), null);
        }

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

        protected override IEnumerable<Task> GetScheduledTasks() => [];
    }
}
