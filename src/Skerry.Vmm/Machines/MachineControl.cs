using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Skerry.Vmm.Hold;

namespace Skerry.Vmm.Machines;

/// <summary>A running QEMU by its control socket.</summary>
/// <remarks>Safe for several callers: commands are made one after the other.</remarks>
internal sealed class MachineControl : IAsyncDisposable
{
    private const int MebibyteShift = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
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

    /// <summary>Has the machine begin where its template stopped.</summary>
    /// <exception cref="IOException">QEMU could not.</exception>
    internal Task Load(CancellationToken cancel) => TemplateState.Load(_qmp, cancel);

    /// <summary>Stops the machine into the files of a template.</summary>
    /// <exception cref="IOException">QEMU could not.</exception>
    internal Task Save(Contracts.Vmm.VmTemplate template, string meeting, CancellationToken cancel) => TemplateState.Save(_qmp, template, meeting, cancel);

    /// <summary>Has the machine stand still.</summary>
    /// <exception cref="IOException">QEMU could not.</exception>
    internal Task Stop(CancellationToken cancel) => _qmp.Command("stop", null, cancel);

    /// <summary>Lets it go on.</summary>
    /// <exception cref="IOException">QEMU could not.</exception>
    internal Task Continue(CancellationToken cancel) => _qmp.Command("cont", null, cancel);

    /// <summary>Puts other disks and a tap behind the devices of a machine that stands still.</summary>
    /// <exception cref="IOException">QEMU could not.</exception>
    internal Task Put(Contracts.Vmm.VmTake take, IReadOnlyList<Linux.FileDescriptor> files, CancellationToken cancel) => MachineParts.Put(_qmp, _connection.Socket, take, files, cancel);

    /// <summary>Has the guest's balloon take or give back memory until the guest has so much.</summary>
    /// <param name="mebibytes">MiB; 0: only look.</param>
    /// <param name="patience">How long to wait for it; the guest goes on to try.</param>
    /// <param name="cancel">The machine ends: no command can be made after this.</param>
    /// <returns>MiB that the guest has when it is reached or waiting ends.</returns>
    /// <exception cref="IOException">QEMU could not.</exception>
    internal async Task<int> Resize(int mebibytes, TimeSpan patience, CancellationToken cancel)
    {
        await _oneAtATime.WaitAsync(cancel).ConfigureAwait(false);
        var began = _clock.GetTimestamp();
        try
        {
            if (mebibytes > 0)
            {
                var bytes = ((long)mebibytes << MebibyteShift).ToString(CultureInfo.InvariantCulture);
                await _qmp.Command("balloon", $"{{\"value\":{bytes}}}", cancel).ConfigureAwait(false);
            }

            while (true)
            {
                var now = await _qmp.Command("query-balloon", null, cancel).ConfigureAwait(false);
                var actual = now.ValueKind == JsonValueKind.Object && now.TryGetProperty("actual"u8, out var bytes) && bytes.TryGetInt64(out var count)
                    ? (int)Math.Clamp(count >> MebibyteShift, 0, int.MaxValue)
                    : throw new IOException("QEMU does not say how much memory the guest has");
                if (mebibytes == 0 || actual == mebibytes || _clock.GetElapsedTime(began) >= patience)
                {
                    return actual;
                }

                await Task.Delay(Pause, _clock, cancel).ConfigureAwait(false);
            }
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        _oneAtATime.Dispose();
    }
}
