using System.Globalization;
using System.Text.Json;
using Skerry.Linux;
using Skerry.Linux.Processes;

namespace Skerry.Node.Isolation.Process;

/// <summary>
/// conmon, the monitor of one container or one exec: it holds the streams, writes the log and the exit code, and outlives the
/// daemon. It starts the OCI runtime, which starts the container as the monitor's child.
/// </summary>
/// <remarks>
/// conmon waits for a byte on its start pipe before it does anything, so that it can be put in a cgroup first; it answers on the sync
/// pipe with <c>{"data": PID}</c>, or <c>{"data": -1, "message": "…"}</c> (conmon 2.1, parent_pipe_fd.c).
/// </remarks>
internal sealed class Monitor : IDisposable
{
    private const int SyncNumber = 3;
    private const int StartNumber = 4;
    private const int AttachNumber = 5;
    private readonly FileStream _sync;
    private readonly FileStream _start;
    private readonly FileStream? _attach;
    private readonly FileStream _error;

    private Monitor(ChildProcess child, FileDescriptor sync, FileDescriptor start, FileDescriptor? attach, FileDescriptor error)
    {
        Child = child;
        _sync = new FileStream(sync.ToFileHandle(), FileAccess.Read, 1);
        _start = new FileStream(start.ToFileHandle(), FileAccess.Write, 1);
        _attach = attach is null ? null : new FileStream(attach.ToFileHandle(), FileAccess.Read, 1);
        _error = new FileStream(error.ToFileHandle(), FileAccess.Read, 1);
    }

    /// <summary>The monitor's process.</summary>
    internal ChildProcess Child { get; }

    /// <summary>Starts a monitor on the calling thread; it waits for <see cref="Go"/>.</summary>
    internal static Monitor Start(MonitorPlan plan)
    {
        var (syncRead, syncWrite) = Spawn.Pipe();
        var (startRead, startWrite) = Spawn.Pipe();
        var (errorRead, errorWrite) = Spawn.Pipe();
        FileDescriptor? attachRead = null;
        FileDescriptor? attachWrite = null;
        if (plan.IsExec)
        {
            (attachRead, attachWrite) = Spawn.Pipe();
        }

        using (syncWrite)
        using (startRead)
        using (errorWrite)
        using (attachWrite)
        {
            List<(int, FileDescriptor)> descriptors = [(2, errorWrite), (SyncNumber, syncWrite), (StartNumber, startRead)];
            if (attachWrite is not null)
            {
                descriptors.Add((AttachNumber, attachWrite));
            }

            var child = Spawn.Start(new SpawnRequest
            {
                Path = plan.MonitorPath,
                Arguments = plan.Arguments(),
                Environment =
                [
                    .. SpawnRequest.DefaultEnvironment,
                    "XDG_RUNTIME_DIR=" + plan.Bundle,

                    // Where it binds the socket on which the runtime hands it a terminal. Relative to the working directory, which the
                    // runtime shares: the whole path would not fit sun_path, and conmon cuts it off there (unix(7), conmon's setup_console_socket).
                    "TMPDIR=" + (plan.TemporaryDirectory ?? "."),
                    string.Create(CultureInfo.InvariantCulture, $"_OCI_SYNCPIPE={SyncNumber}"),
                    string.Create(CultureInfo.InvariantCulture, $"_OCI_STARTPIPE={StartNumber}"),
                    .. plan.IsExec ? [string.Create(CultureInfo.InvariantCulture, $"_OCI_ATTACHPIPE={AttachNumber}")] : Array.Empty<string>(),
                ],
                WorkingDirectory = plan.Bundle,
                Descriptors = descriptors,
            });
            return new Monitor(child, syncRead, startWrite, attachRead, errorRead);
        }
    }

    /// <summary>Lets the monitor begin (and, a second time for an exec, lets the runtime begin).</summary>
    internal void Go()
    {
        _start.Write("g"u8);
        _start.Flush();
    }

    /// <summary>Blocks until an exec's attach socket is there.</summary>
    internal void WaitForAttachSocket()
    {
        // One line of JSON, whose content says nothing.
        if (ReadLine(_attach!) is null)
        {
            throw Failure("attach socket");
        }
    }

    /// <summary>Blocks until the runtime has made the container or started the exec.</summary>
    /// <returns>The process id, in the daemon's pid namespace.</returns>
    /// <exception cref="IsolationException">The runtime refused; its words are in the message.</exception>
    internal int ReadPid(string step)
    {
        var (data, message) = ReadSync(step);
        return data > 0 ? data : throw RuntimeError.From(step, message ?? "the runtime gave no reason");
    }

    /// <summary>Blocks until an exec has ended; its exit code.</summary>
    internal int ReadExitCode(string step) => ReadSync(step).Data;

    /// <summary>Kills it, where it has not ended.</summary>
    internal void End()
    {
        Child.Signal(9);
        Child.Wait(Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        _sync.Dispose();
        _start.Dispose();
        _attach?.Dispose();
        _error.Dispose();
    }

    private static string? ReadLine(FileStream stream)
    {
        const int Most = 64 * 1024;
        var line = new List<byte>(128);
        var one = new byte[1];
        while (stream.Read(one) == 1)
        {
            if (one[0] == (byte)'\n')
            {
                return System.Text.Encoding.UTF8.GetString([.. line]);
            }

            if (line.Count < Most)
            {
                line.Add(one[0]);
            }
        }

        return null;
    }

    private (int Data, string? Message) ReadSync(string step)
    {
        var line = ReadLine(_sync) ?? throw Failure(step);
        try
        {
            using var json = JsonDocument.Parse(line);
            var data = json.RootElement.GetProperty("data").GetInt32();
            return (data, json.RootElement.TryGetProperty("message", out var message) ? message.GetString() : null);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new IsolationException($"{step}: the monitor answered '{line}', which is not its protocol", error);
        }
    }

    /// <summary>The monitor ended without an answer: all it said goes into the error.</summary>
    private IsolationException Failure(string step)
    {
        Child.Signal(9);
        using var reader = new StreamReader(_error, leaveOpen: true);
        var said = reader.ReadToEnd().Trim();
        var code = Child.Wait(TimeSpan.FromSeconds(5));
        return new IsolationException($"{step}: the monitor (conmon) ended with {code} before it answered{(said.Length > 0 ? ": " + said : string.Empty)}");
    }
}
