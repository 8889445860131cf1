using System.Diagnostics;
using Skerry.Contracts.Vmm;
using Skerry.Linux;
using Skerry.Linux.Processes;
using Skerry.Linux.Terminals;
using Skerry.Vmm.Hold;

namespace Skerry.Vmm.Machines;

/// <summary>A VMM as a child of this process. What it and its guest print goes to this process' standard output, and the last of it is kept.</summary>
internal sealed class RunningMachine : IDisposable
{
    /// <summary>For GLib: it gives what it does not need to malloc(3), which gives it back, and keeps none of it for later (g_slice_alloc).</summary>
    private const string FreesWhatIsFreed = "G_SLICE=always-malloc";

    /// <summary>For malloc(3): the threads of a small machine allocate little at once, and an arena of its own for each leaves holes in all (mallopt(3)).</summary>
    private const string OneArena = "MALLOC_ARENA_MAX=1";

    private readonly ChildProcess _child;
    private readonly Task _printing;
    private readonly long _started;

    private RunningMachine(ChildProcess child, FileDescriptor printed, GuestConsole console, long started)
    {
        (_child, _started) = (child, started);
        Console = console;
        _printing = Task.Factory.StartNew(() => Print(printed), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Ended = Task.Factory.StartNew(() => _child.Wait(Timeout.InfiniteTimeSpan)!.Value, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>What it printed.</summary>
    internal GuestConsole Console { get; }

    /// <summary>Since just before it was started.</summary>
    internal TimeSpan Age => Stopwatch.GetElapsedTime(_started);

    /// <summary>Its exit code, when it has ended.</summary>
    internal Task<int> Ended { get; }

    /// <summary>Starts one.</summary>
    /// <param name="vm">The machine.</param>
    /// <param name="arguments">The VMM's.</param>
    /// <param name="template">What it starts from; null: a cold boot.</param>
    internal static RunningMachine Start(VmDocument vm, IReadOnlyList<string> arguments, HandedTemplate? template)
    {
        var (read, write) = Spawn.Pipe();
        using (write)
        {
            var started = Stopwatch.GetTimestamp();
            var child = Spawn.Start(new SpawnRequest
            {
                Path = vm.Program,
                Arguments = arguments,
                Environment = [.. SpawnRequest.DefaultEnvironment, "QEMU_MODULE_DIR=" + vm.Modules, FreesWhatIsFreed, OneArena],
                Descriptors = [(StandardStream.Out, write), (StandardStream.Error, write), .. template?.Descriptors ?? []],
            });
            return new RunningMachine(child, read, new GuestConsole(), started);
        }
    }

    /// <summary>Ends it at once.</summary>
    internal async Task Kill()
    {
        const int SigKill = 9;
        _child.Signal(SigKill);
        await Ended.ConfigureAwait(false);
    }

    /// <summary>A sentence on how it ended, with the last it printed.</summary>
    internal async Task<string> Obituary(string what)
    {
        // What it printed last is read before it is quoted; the pipe ends with the process.
        await Task.WhenAny(_printing, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System)).ConfigureAwait(false);
        var last = Console.Last();
        return last.Length == 0 ? what : $"{what}; its console: {last}";
    }

    public void Dispose() => _child.Dispose();

    private void Print(FileDescriptor printed)
    {
        var buffer = new byte[4096];
        using (printed)
        {
            int count;
            while ((count = StandardStream.Read(printed.Number, buffer)) > 0)
            {
                Console.Add(buffer.AsSpan(0, count));
                StandardStream.Write(StandardStream.Out, buffer.AsSpan(0, count));
            }
        }
    }
}
