using System.Collections.Concurrent;
using System.Diagnostics;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Sections;

/// <summary>Many commands, some at once, each by the same spawn as the single measurements.</summary>
internal static class Crowd
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Runs all; the first failure is thrown when all have ended.</summary>
    public static void Run(IEnumerable<Command> commands, int atOnce, string errors)
    {
        ConcurrentQueue<Command> queue = new(commands);
        ConcurrentQueue<string> failures = new();
        Thread[] clients = [.. Enumerable.Range(0, atOnce).Select(number => new Thread(() =>
        {
            string own = $"{errors}.{number}";
            while (queue.TryDequeue(out Command? command))
            {
                Outcome outcome = Child.Run(command with { Errors = own });
                if (outcome.ExitCode != 0)
                {
                    failures.Enqueue($"{command}: exit {outcome.ExitCode}: {File.ReadAllText(own).Trim()}");
                }
            }
        }))];
        foreach (Thread client in clients)
        {
            client.Start();
        }

        foreach (Thread client in clients)
        {
            client.Join();
        }

        if (failures.TryDequeue(out string? first))
        {
            throw new BenchException($"{failures.Count + 1} of the commands failed, the first: {first}");
        }
    }

    /// <summary>Waits until each file has something in it.</summary>
    public static async Task AllLoggedAsync(IEnumerable<string> files)
    {
        long began = Stopwatch.GetTimestamp();
        foreach (string file in files)
        {
            while (!(File.Exists(file) && new FileInfo(file).Length > 0))
            {
                if (Stopwatch.GetElapsedTime(began) > Patience)
                {
                    throw new BenchException($"{file} is empty after {Patience.TotalSeconds:0} s: the pod never became ready");
                }

                await Task.Delay(TimeSpan.FromMilliseconds(1)).ConfigureAwait(false);
            }
        }
    }
}
