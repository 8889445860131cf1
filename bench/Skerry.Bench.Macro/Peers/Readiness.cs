using System.Diagnostics;
using System.Net.Sockets;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Peers;

/// <summary>Waits until a started server answers.</summary>
internal static class Readiness
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Waits until a port of the loopback is listened on.</summary>
    public static Task WaitAsync(string what, Child server, int port) => WaitAsync(what, server, () =>
    {
        using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Connect("127.0.0.1", port);
        return true;
    });

    public static async Task WaitAsync(string what, Child server, Func<bool> answers)
    {
        long began = Stopwatch.GetTimestamp();
        string last = "no answer";
        while (Stopwatch.GetElapsedTime(began) < Patience)
        {
            if (!server.IsAlive())
            {
                throw new BenchException($"{what} ended at once: {Tail(server.Command.Errors)} {Tail(server.Command.Output)}");
            }

            try
            {
                if (answers())
                {
                    return;
                }
            }
            catch (Exception e) when (e is SocketException or BenchException or IOException)
            {
                last = e.Message;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20)).ConfigureAwait(false);
        }

        throw new BenchException($"{what} does not answer after {Patience.TotalSeconds:0} s: {last} {Tail(server.Command.Errors)}");
    }

    private static string Tail(string? path) =>
        path is not null && File.Exists(path) ? string.Join(' ', File.ReadLines(path).TakeLast(5)) : "";
}
