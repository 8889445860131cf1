using System.Buffers.Binary;
using Skerry.Linux;
using Skerry.Linux.Network;

namespace Skerry.Node.Isolation.Sandbox;

/// <summary>
/// Listens to one sandbox of a trial: whether gVisor calls, says a version, and tells that a container starts
/// (pkg/sentry/seccheck/sinks/remote). Its directory goes with it.
/// </summary>
internal sealed class StreamTrial : IDisposable
{
    private const int HeadSize = 8; // wire.HeaderStructSize
    private const ushort ContainerStart = 1; // MESSAGE_CONTAINER_START, common.proto
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(200);

    private readonly string _directory;
    private readonly FileDescriptor _listener;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end = new();
    private readonly Task<string> _heard;

    /// <param name="directory">For a socket and the session; nothing of it is there.</param>
    /// <param name="time">Time.</param>
    /// <exception cref="IOException">It cannot listen there.</exception>
    internal StreamTrial(string directory, TimeProvider time)
    {
        (_directory, _time) = (directory, time);
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }

        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var socket = Path.Combine(directory, "s");
        Session = Path.Combine(directory, "session.json");
        File.WriteAllText(Session, $$$"""{"trace_session":{"name":"Default","points":[{"name":"container/start"}],"sinks":[{"name":"remote","config":{"endpoint":"{{{System.Text.Json.JsonEncodedText.Encode(socket)}}}"},"ignore_setup_error":true}]}}""");
        _listener = MessageSocket.Listen(socket);
        _heard = Task.Run(Listen);
    }

    /// <summary>The file that runsc is given.</summary>
    internal string Session { get; }

    /// <summary>The sandbox has ended. Empty: it told of its start; else why not.</summary>
    internal Task<string> Heard()
    {
        _end.CancelAfter(Rest);
        return _heard;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Cancel();
        _heard.GetAwaiter().GetResult();
        _end.Dispose();
        _listener.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<string> Listen()
    {
        using var caller = await Wait(() => MessageSocket.TryAccept(_listener)).ConfigureAwait(false);
        if (caller is null)
        {
            return "runsc took the session and did not call";
        }

        var room = new byte[4096];
        if (await Wait(() => MessageSocket.TryReceive(caller, room) is { } length ? Tuple.Create(length) : null).ConfigureAwait(false) is not { Item1: > 0 }
            || !MessageSocket.TrySend(caller, [0x08, 0x01]))
        {
            return "runsc called and did not say its version";
        }

        var told = await Wait(() => MessageSocket.TryReceive(caller, room) is { } length ? Tuple.Create(length) : null).ConfigureAwait(false);
        return told is { Item1: >= HeadSize } && BinaryPrimitives.ReadUInt16LittleEndian(room.AsSpan(2)) == ContainerStart
            ? string.Empty
            : "the sandbox did not tell of its start";
    }

    private async Task<T?> Wait<T>(Func<T?> look)
        where T : class
    {
        while (true)
        {
            if (look() is { } found)
            {
                return found;
            }

            if (_end.IsCancellationRequested)
            {
                return null;
            }

            await Task.Delay(Pause, _time, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
