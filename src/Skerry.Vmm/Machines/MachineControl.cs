using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Skerry.Vmm.Hold;

namespace Skerry.Vmm.Machines;

/// <summary>A running QEMU by its control socket.</summary>
/// <remarks>Safe for several callers: commands are made one after the other.</remarks>
internal sealed class MachineControl : IMachine
{
    private const int MebibyteShift = 20;
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly NetworkStream _connection;
    private readonly TimeProvider _clock;
    private readonly QmpClient _qmp;

    private MachineControl(NetworkStream connection, TimeProvider clock)
    {
        _connection = connection;
        _clock = clock;
        _qmp = new QmpClient(connection);
    }

    /// <summary>Waits for QEMU to connect, and begins.</summary>
    /// <exception cref="IOException">It is not QEMU, or is gone.</exception>
    internal static async Task<MachineControl> Take(Socket waiting, TimeProvider clock, CancellationToken cancel)
    {
        var control = new MachineControl(await Rendezvous.Accept(waiting, cancel).ConfigureAwait(false), clock);
        try
        {
            await control._qmp.Begin(cancel).ConfigureAwait(false);
            return control;
        }
        catch
        {
            await control.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task Load(CancellationToken cancel) => TemplateState.Load(_qmp, cancel);

    /// <inheritdoc/>
    public Task Save(Contracts.Vmm.VmTemplate template, string meeting, CancellationToken cancel) => TemplateState.Save(_qmp, template, meeting, cancel);

    /// <inheritdoc/>
    public Task Stop(CancellationToken cancel) => _qmp.Command("stop", null, cancel);

    /// <inheritdoc/>
    public Task Continue(CancellationToken cancel) => _qmp.Command("cont", null, cancel);

    /// <inheritdoc/>
    public Task Put(Contracts.Vmm.VmTake take, IReadOnlyList<Linux.FileDescriptor> files, CancellationToken cancel) => MachineParts.Put(_qmp, _connection.Socket, take, files, cancel);

    /// <inheritdoc/>
    public async Task<int> Resize(int mebibytes, TimeSpan patience, CancellationToken cancel)
    {
        await _oneAtATime.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var bytes = ((long)mebibytes << MebibyteShift).ToString(CultureInfo.InvariantCulture);
            return await BalloonWait.Until(mebibytes, () => _qmp.Command("balloon", $"{{\"value\":{bytes}}}", cancel), () => Now(cancel), patience, _clock, cancel).ConfigureAwait(false);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<bool?> WasReset()
    {
        using var limit = new CancellationTokenSource(s_lastWords, _clock);
        try
        {
            await _oneAtATime.WaitAsync(limit.Token).ConfigureAwait(false);
            try
            {
                await _qmp.ReadOut(limit.Token).ConfigureAwait(false);
            }
            finally
            {
                _oneAtATime.Release();
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // It is read out.
        }

        return _qmp.ShutdownCause is { } cause ? cause == "guest-reset" : null;
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        _oneAtATime.Dispose();
    }

    private async Task<int> Now(CancellationToken cancel)
    {
        var now = await _qmp.Command("query-balloon", null, cancel).ConfigureAwait(false);
        return now.ValueKind == JsonValueKind.Object && now.TryGetProperty("actual"u8, out var bytes) && bytes.TryGetInt64(out var count)
            ? (int)Math.Clamp(count >> MebibyteShift, 0, int.MaxValue)
            : throw new IOException("QEMU does not say how much memory the guest has");
    }
}
