using Skerry.Linux;
using Skerry.Linux.Namespaces;
using Skerry.Linux.Processes;
using Skerry.Node.Isolation.Runtime;

namespace Skerry.Node.Isolation.Process;

/// <summary>
/// The threads from which runtimes and monitors are started, each with a mount namespace in which the runtime sees cgroups as it
/// wants them: crun refuses a hybrid layout with controllers in v2, so the v2 mount is hidden from it there and only there. The node's null device is shielded there.
/// </summary>
internal sealed class Launchpad : IDisposable
{
    private readonly SpawnThread[] _threads;
    private int _next;

    /// <param name="hidden">A cgroup v2 mount point to hide behind an empty tmpfs, or null.</param>
    internal Launchpad(string? hidden)
    {
        var count = Math.Clamp(Environment.ProcessorCount, 1, 4);
        _threads = new SpawnThread[count];
        for (var i = 0; i < count; i++)
        {
            _threads[i] = new SpawnThread($"spawn-{i}", () => RuntimeMounts.Make(hidden));
        }
    }

    /// <summary>Starts a program that sees the node's mounts.</summary>
    internal Task<ChildProcess> Start(SpawnRequest request) => Next().Run(() => Spawn.Start(request));

    /// <summary>Does a piece of work in a mount namespace made for it alone, and in a network namespace that is given, or new and empty.</summary>
    internal Task<T> InNewNamespace<T>(Func<T> work, FileDescriptor? network = null, bool isolateNetwork = false) =>
        Next().RunInNewNamespace(work, network, isolateNetwork);

    /// <summary>
    /// Runs a program to its end.
    /// </summary>
    /// <param name="request">The program.</param>
    /// <param name="patience">When it is killed.</param>
    /// <param name="prepare">Mounts that it alone shall see; null: none.</param>
    /// <param name="network">A network namespace for it; null: the node's.</param>
    /// <returns>Its exit code and what it said on standard output and error, each cut at 64 KiB.</returns>
    internal async Task<ProgramResult> Run(SpawnRequest request, TimeSpan patience, Action? prepare = null, FileDescriptor? network = null)
    {
        var (outRead, outWrite) = Spawn.Pipe();
        var (errorRead, errorWrite) = Spawn.Pipe();
        ChildProcess child;
        using (outWrite)
        using (errorWrite)
        {
            request = request with { Descriptors = [.. request.Descriptors, (1, outWrite), (2, errorWrite)] };
            child = prepare is null && network is null
                ? await Start(request).ConfigureAwait(false)
                : await InNewNamespace(
                    () =>
                    {
                        prepare?.Invoke();
                        return Spawn.Start(request);
                    },
                    network).ConfigureAwait(false);
        }

        using (child)
        {
            var output = Task.Run(() => ReadAll(outRead));
            var error = Task.Run(() => ReadAll(errorRead));
            var code = await Task.Run(() => child.Wait(patience)).ConfigureAwait(false);
            if (code is null)
            {
                child.Signal(9);
                await Task.Run(() => child.Wait(Timeout.InfiniteTimeSpan)).ConfigureAwait(false);
                throw new IsolationException($"{request.Path} {string.Join(' ', request.Arguments)}: no end within {patience.TotalSeconds:0} s; it was killed");
            }

            return new ProgramResult(code.Value, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
        }
    }

    public void Dispose()
    {
        foreach (var thread in _threads)
        {
            thread.Dispose();
        }
    }

    internal static string ReadAll(FileDescriptor descriptor)
    {
        const int Most = 64 * 1024;
        using var stream = new FileStream(descriptor.ToFileHandle(), FileAccess.Read, 1);
        var buffer = new byte[4096];
        var text = new MemoryStream();
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            if (text.Length < Most)
            {
                text.Write(buffer, 0, read);
            }
        }

        return System.Text.Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    private SpawnThread Next() => _threads[(uint)Interlocked.Increment(ref _next) % (uint)_threads.Length];
}

/// <summary>How a program ended.</summary>
internal sealed record ProgramResult(int ExitCode, string Output, string Error);
