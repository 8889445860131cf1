using System.Buffers;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Ttrpc;

namespace Skerry.Vmm.Tests.Hold;

/// <summary>A guest: the real server half of ttrpc on one end of a connection; when it is told to, it sends 64 MiB on one stream whatever its credit.</summary>
internal sealed class FloodingServer
{
    private const int Pieces = 2048;
    private readonly Stream _connection;
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly TtrpcServer _server;
    private readonly Task<TtrpcServerStream>? _flood;
    private readonly Task _serving;

    internal FloodingServer(Stream connection, Action<TtrpcServerStream, ByteString> answer, Task<TtrpcServerStream>? flood)
    {
        _connection = connection;
        _flood = flood;
        _server = new TtrpcServer(_output, "skerry.guest.v1.Guest", (stream, _, payload) => answer(stream, payload));
        _serving = Task.Run(Serve);
    }

    /// <summary>All of the flood was taken by the other side.</summary>
    internal Task Flooded => Done.Task;

    private TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskAwaiter GetAwaiter() => _serving.GetAwaiter();

    private async Task Serve()
    {
        var frames = new TtrpcFrameReader();
        try
        {
            while (true)
            {
                var count = await _connection.ReadAsync(frames.Room());
                if (count == 0)
                {
                    return;
                }

                frames.Filled(count);
                while (frames.TryRead(out var frame))
                {
                    _server.Take(frame);
                    await Flush();
                }

                if (_flood is { IsCompleted: true } && !Done.Task.IsCompleted)
                {
                    await Flood(await _flood);
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private async Task Flood(TtrpcServerStream stream)
    {
        var piece = new StreamOutput { Stdout = ByteString.CopyFrom(new byte[32 * 1024]) };
        for (var i = 0; i < Pieces; i++)
        {
            stream.Send(piece);
            await Flush();
        }

        Done.TrySetResult();
    }

    private async Task Flush()
    {
        await _connection.WriteAsync(_output.WrittenMemory.ToArray());
        _output.ResetWrittenCount();
    }
}
