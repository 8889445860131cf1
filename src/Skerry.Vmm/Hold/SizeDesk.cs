using System.Net.Sockets;
using System.Text.Json;
using Skerry.Contracts.Vmm;
using Skerry.Vmm.Machines;

namespace Skerry.Vmm.Hold;

/// <summary>
/// Changes how much memory the guest may use, when the node asks for it, and takes back at the beginning what the guest may not use yet. One caller
/// is served at a time, each within a time.
/// </summary>
internal sealed class SizeDesk(VmDocument vm, IMachine control, TimeProvider clock)
{
    private static readonly TimeSpan AskPatience = TimeSpan.FromSeconds(2);

    /// <summary>A guest that is busy gives memory back slowly.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>What is taken at the beginning is not in use and can wait until the containers have started.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    private volatile bool _wasAsked;

    /// <summary>Serves until the machine ends.</summary>
    /// <param name="callers">Where the node calls.</param>
    /// <param name="cancel">The end.</param>
    internal async Task Serve(Socket callers, CancellationToken cancel)
    {
        var settling = Settle(cancel);
        try
        {
            while (true)
            {
                await using var caller = await Rendezvous.Accept(callers, cancel).ConfigureAwait(false);
                await Answer(caller, cancel).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The machine ends.
        }

        await settling.ConfigureAwait(false);
    }

    /// <summary>A copy of a template begins as that was: with its balloon filled.</summary>
    private async Task Settle(CancellationToken cancel)
    {
        if (vm.Copies is not null || vm.GuestMebibytes >= vm.MemoryMebibytes)
        {
            return;
        }

        try
        {
            await Task.Delay(Settling, clock, cancel).ConfigureAwait(false);
            if (!_wasAsked)
            {
                await control.Resize(vm.GuestMebibytes, Patience, cancel).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The machine ends, or has no balloon; its jail bounds it all the same.
        }
    }

    private async Task Answer(NetworkStream caller, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(AskPatience);
        try
        {
            var asked = await Read(caller, patience.Token).ConfigureAwait(false);
            var answer = await Resize(asked.MemoryMebibytes, cancel).ConfigureAwait(false);
            await caller.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(answer, VmJson.Default.VmSize), (byte)'\n'], cancel).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or JsonException || (error is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            // Who asks for nothing that can be understood, or is slow, gets no answer.
        }
    }

    private async Task<VmSize> Resize(int mebibytes, CancellationToken cancel)
    {
        if (mebibytes < 0 || mebibytes > vm.MemoryMebibytes)
        {
            return new VmSize { MemoryMebibytes = 0, Problem = $"the machine has {vm.MemoryMebibytes} MiB" };
        }

        _wasAsked |= mebibytes > 0;
        try
        {
            var now = await control.Resize(mebibytes, Patience, cancel).ConfigureAwait(false);
            var isReached = mebibytes == 0 || now == mebibytes;
            return new VmSize { MemoryMebibytes = now, Problem = isReached ? string.Empty : $"the guest has {now} MiB after {Patience.TotalSeconds:0} s" };
        }
        catch (IOException error)
        {
            return new VmSize { MemoryMebibytes = 0, Problem = error.Message };
        }
    }

    private static async Task<VmSize> Read(NetworkStream caller, CancellationToken cancel)
    {
        var bytes = new byte[VmSize.MostBytes];
        var filled = 0;
        int end;
        while ((end = bytes.AsSpan(0, filled).IndexOf((byte)'\n')) < 0)
        {
            var count = filled < bytes.Length ? await caller.ReadAsync(bytes.AsMemory(filled), cancel).ConfigureAwait(false) : 0;
            filled += count > 0 ? count : throw new IOException("it ends before its line does");
        }

        return JsonSerializer.Deserialize(bytes.AsSpan(0, end), VmJson.Default.VmSize) ?? throw new JsonException("it is empty");
    }
}
