using System.Threading.Channels;
using Skerry.Contracts.Node.V1;

namespace Skerry.Node.Api;

/// <summary>
/// Carries progress from working threads to one stream of answers. When the caller is slow the oldest reports are dropped, never the
/// work held back. Dispose it before anything else is written to the stream.
/// </summary>
internal sealed class ProgressRelay : IProgress<Progress>, IAsyncDisposable
{
    private readonly Channel<Progress> _reports =
        Channel.CreateBounded<Progress>(new BoundedChannelOptions(256) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly Task _writing;

    internal ProgressRelay(Func<Progress, Task> write) => _writing = Write(write);

    public void Report(Progress value) => _reports.Writer.TryWrite(value);

    public async ValueTask DisposeAsync()
    {
        _reports.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
    }

    private async Task Write(Func<Progress, Task> write)
    {
        try
        {
            await foreach (var report in _reports.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                await write(report).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is IOException or InvalidOperationException or OperationCanceledException or Grpc.Core.RpcException)
        {
            // The caller is gone; the call itself finds out by its own writes.
            _reports.Writer.TryComplete();
        }
    }
}
