using Skerry.Linux.Processes;

namespace Skerry.Node.Isolation.Process;

/// <summary>A further process that runs; its directory goes when this is disposed, after its end.</summary>
internal sealed class ExecSession(string directory, Monitor monitor, int pid) : IAsyncDisposable
{
    // Read while the process is known to live; null where it has ended already.
    private readonly ProcessIdentity? _process = ProcessIdentity.Of(pid);

    /// <summary>Where the attach socket and the terminal's control are.</summary>
    internal string Directory => directory;

    /// <summary>Sends the process a signal; one that has ended gets none.</summary>
    internal void Signal(int signal) => _process?.Signal(signal);

    /// <summary>Waits for the end; the exit code.</summary>
    internal async Task<int> ExitCode()
    {
        // Its monitor ends with it, having said the code: then nothing of this blocks.
        await monitor.Child.Ended().ConfigureAwait(false);
        return monitor.ReadExitCode("exec");
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await monitor.Child.Ended().WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            monitor.Child.Signal(9);
        }

        monitor.Child.Dispose();
        monitor.Dispose();
        await ProcessIsolator.RemoveTree(directory).ConfigureAwait(false);
    }
}
