using System.Net.Sockets;
using System.Text.Json;
using Skerry.Contracts.Vmm;
using Skerry.Linux;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>Asks the holder of a machine how much memory its guest has, and to change that. What it answers is bounded.</summary>
internal static class MachineSize
{
    /// <summary>The holder waits for the guest up to 10 s.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>MiB that the guest has.</summary>
    /// <exception cref="IsolationException">The holder does not say.</exception>
    internal static Task<int> Now(MachinePaths machine) => Ask(machine, 0);

    /// <summary>Gives the guest so many MiB, and waits until it has them.</summary>
    /// <exception cref="IsolationException">It has not; the message says why.</exception>
    internal static Task Set(MachinePaths machine, int mebibytes) => Ask(machine, mebibytes);

    private static async Task<int> Ask(MachinePaths machine, int mebibytes)
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await using var connection = await GuestClient.Connect(machine, MachinePaths.Sizing, limit.Token).ConfigureAwait(false);
            byte[] asked = [.. JsonSerializer.SerializeToUtf8Bytes(new VmSize { MemoryMebibytes = mebibytes }, VmJson.Default.VmSize), (byte)'\n'];
            await connection.WriteAsync(asked, limit.Token).ConfigureAwait(false);
            var answer = await Read(connection, limit.Token).ConfigureAwait(false);
            return answer.Problem.Length == 0 ? answer.MemoryMebibytes : throw Failed(MicrovmTrial.Printable(answer.Problem));
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException or LinuxException or JsonException or IOException and not IsolationException)
        {
            throw Failed(error is OperationCanceledException ? "no answer in time" : error.Message, error);
        }
    }

    private static async Task<VmSize> Read(NetworkStream connection, CancellationToken cancel)
    {
        var bytes = new byte[VmSize.MostBytes];
        var filled = 0;
        int end;
        while ((end = bytes.AsSpan(0, filled).IndexOf((byte)'\n')) < 0)
        {
            var count = filled < bytes.Length ? await connection.ReadAsync(bytes.AsMemory(filled), cancel).ConfigureAwait(false) : 0;
            filled += count > 0 ? count : throw new IOException("the holder gave no answer");
        }

        return JsonSerializer.Deserialize(bytes.AsSpan(0, end), VmJson.Default.VmSize) ?? throw new JsonException("the holder's answer is empty");
    }

    private static IsolationException Failed(string why, Exception? error = null)
    {
        var sentence = $"memory of the pod's microVM: {why}";
        return error is null ? new IsolationException(sentence) : new IsolationException(sentence, error);
    }
}
