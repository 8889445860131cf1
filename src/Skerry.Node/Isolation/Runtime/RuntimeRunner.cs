using Skerry.Linux.Namespaces;
using Skerry.Linux.Processes;

namespace Skerry.Node.Isolation.Runtime;

/// <summary>Runs a runtime to its end in a view; gives its exit code (null: not over in time) and what it wrote.</summary>
internal delegate Task<(int? Code, string Output)> RuntimeRunner(RuntimeView view, string path, IReadOnlyList<string> arguments, TimeSpan patience);

/// <summary>The ordinary runner: a thread with a mount namespace of its own for each view, for as long as trials last.</summary>
internal sealed class ViewThreads : IDisposable
{
    private const int MostOutput = 16 * 1024;

    private readonly Dictionary<RuntimeView, SpawnThread> _threads = [];

    /// <summary>See <see cref="RuntimeRunner"/>.</summary>
    public async Task<(int? Code, string Output)> Run(RuntimeView view, string path, IReadOnlyList<string> arguments, TimeSpan patience)
    {
        if (!_threads.TryGetValue(view, out var thread))
            _threads[view] = thread = new SpawnThread("trial", () => RuntimeMounts.Make(view.HiddenMount));
        var (read, write) = Spawn.Pipe();
        ChildProcess child;
        using (write)
            child = await thread.Run(() => Spawn.Start(new() { Path = path, Arguments = arguments, Descriptors = [(1, write), (2, write)] })).ConfigureAwait(false);
        using (child)
        {
            var reading = Task.Run(() => ReadAll(read));
            var code = await Task.Run(() => child.Wait(patience)).ConfigureAwait(false);
            if (code is null)
            {
                child.Signal(9);
                await Task.Run(() => child.Wait(Timeout.InfiniteTimeSpan)).ConfigureAwait(false);
            }

            // A container that outlives its runtime keeps the pipe open: do not wait for it.
            var output = await Task.WhenAny(reading, Task.Delay(TimeSpan.FromMilliseconds(200))).ConfigureAwait(false) == reading ? await reading.ConfigureAwait(false) : "";
            return (code, output.Trim());
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var thread in _threads.Values)
            thread.Dispose();
    }

    private static string ReadAll(Linux.FileDescriptor descriptor)
    {
        using var stream = new FileStream(descriptor.ToFileHandle(), FileAccess.Read, 1);
        var text = new MemoryStream();
        var buffer = new byte[4096];
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            if (text.Length < MostOutput)
                text.Write(buffer, 0, read);
        }

        return System.Text.Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }
}
