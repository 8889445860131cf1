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
    internal Task<int> ExitCode() => Task.Run(() => monitor.ReadExitCode("exec"));

    public async ValueTask DisposeAsync()
    {
        if (await Task.Run(() => monitor.Child.Wait(TimeSpan.FromSeconds(10))).ConfigureAwait(false) is null)
        {
            monitor.Child.Signal(9);
        }

        monitor.Child.Dispose();
        monitor.Dispose();
        await ProcessIsolator.RemoveTree(directory).ConfigureAwait(false);
    }
}
