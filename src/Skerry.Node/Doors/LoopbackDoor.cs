using System.Net;
using System.Net.Sockets;
using Skerry.Node.Configuration;

namespace Skerry.Node.Doors;

/// <summary>
/// Listens on a loopback address and gives each connection one answer: a few callers at once, each for a few seconds, so that whoever connects and says
/// nothing takes no more than a place.
/// </summary>
internal sealed class LoopbackDoor : IDisposable
{
    private const int MostCallers = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _callers = new(MostCallers);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TcpListener _listener;
    private readonly Func<NetworkStream, CancellationToken, Task> _answer;
    private readonly Action? _failed;

    private LoopbackDoor(TcpListener listener, Func<NetworkStream, CancellationToken, Task> answer, Action? failed) =>
        (_listener, _answer, _failed) = (listener, answer, failed);

    /// <summary>The port that is listened on.</summary>
    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Takes the address; nobody is answered before <see cref="Serve"/>.</summary>
    /// <param name="key">The key of skerry.toml that has the address.</param>
    /// <param name="point">A loopback address.</param>
    /// <param name="answer">Reads a request and answers it; cancelled when the patience is over.</param>
    /// <param name="failed">Called where a caller went away or was too slow.</param>
    /// <exception cref="ConfigurationException">The address cannot be listened on.</exception>
    internal static LoopbackDoor Open(string key, IPEndPoint point, Func<NetworkStream, CancellationToken, Task> answer, Action? failed = null)
    {
        var listener = new TcpListener(point);
        try
        {
            listener.Start(MostCallers);
        }
        catch (SocketException error)
        {
            listener.Dispose();
            throw new ConfigurationException($"{key}: {point}: {error.Message}");
        }

        return new LoopbackDoor(listener, answer, failed);
    }

    /// <summary>Begins to answer.</summary>
    internal void Serve() => _ = Task.Run(Accept);

    public void Dispose()
    {
        _stopping.Cancel();
        _listener.Dispose();
    }

    private async Task Accept()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await _callers.WaitAsync(_stopping.Token).ConfigureAwait(false);
                _ = Answer(await _listener.AcceptTcpClientAsync(_stopping.Token).ConfigureAwait(false));
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                _callers.Release(); // the caller went before it was taken
            }
        }
    }

    private async Task Answer(TcpClient caller)
    {
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            patience.CancelAfter(Patience);
            await _answer(caller.GetStream(), patience.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            _failed?.Invoke();
        }
        finally
        {
            caller.Dispose();
            _callers.Release();
        }
    }
}
