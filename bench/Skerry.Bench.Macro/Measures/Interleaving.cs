using System.Diagnostics;

namespace Skerry.Bench.Macro.Measures;

/// <summary>
/// Measures contenders in turns: round after round, each once, the first rotating, so that what else happens on the
/// machine meets all of them alike. A contender that fails is dropped with its reason; the others go on.
/// </summary>
internal sealed class Interleaving(Action<string> say)
{
    private static readonly TimeSpan QuietAtMost = TimeSpan.FromSeconds(3);

    /// <summary>Why contenders were dropped.</summary>
    public Dictionary<string, string> Dropped { get; } = [];

    /// <summary>CPU that others used on this machine meanwhile, in cores.</summary>
    public double OtherLoad { get; private set; }

    public async Task<IReadOnlyList<Series>> RunAsync(IReadOnlyList<Contender> contenders, int runs, int warmUps)
    {
        Dictionary<Contender, Series> series = contenders.ToDictionary(c => c, c => new Series(c.Name));
        HashSet<Contender> out_ = [];
        TimeSpan machine = TimeSpan.Zero;
        TimeSpan tree = TimeSpan.Zero;
        long began = 0;
        int processes = ProcessTable.Count();
        int number = 0;
        for (int round = -warmUps; round < runs; round++)
        {
            if (round == 0)
            {
                (machine, tree, began) = (TreeUsage.Machine(), TreeUsage.Whole(), Stopwatch.GetTimestamp());
            }

            for (int i = 0; i < contenders.Count; i++)
            {
                Contender contender = contenders[(i + Math.Max(round, 0)) % contenders.Count];
                if (out_.Contains(contender))
                {
                    continue;
                }

                try
                {
                    (TimeSpan wall, TimeSpan cpu) = await OnceAsync(contender, number++, processes).ConfigureAwait(false);
                    if (round >= 0)
                    {
                        series[contender].Add(wall, cpu);
                    }
                }
                catch (BenchException e)
                {
                    Dropped[contender.Name] = e.Message;
                    say($"  {contender.Name} dropped: {e.Message}");
                    _ = out_.Add(contender);
                }
            }

            if (round >= 0 && (round + 1) % 10 == 0)
            {
                say($"  {round + 1}/{runs} rounds");
            }
        }

        double busy = (TreeUsage.Machine() - machine - (TreeUsage.Whole() - tree)).TotalSeconds;
        OtherLoad = Math.Max(0, busy / Stopwatch.GetElapsedTime(began).TotalSeconds);
        return [.. contenders.Where(c => !out_.Contains(c)).Select(c => series[c])];
    }

    private static async Task<(TimeSpan Wall, TimeSpan Cpu)> OnceAsync(Contender contender, int number, int processes)
    {
        await contender.Before(number).ConfigureAwait(false);
        TimeSpan before = TreeUsage.Cpu();
        TimeSpan wall;
        try
        {
            wall = await contender.Timed(number).ConfigureAwait(false);
            await QuietAsync(processes).ConfigureAwait(false);
        }
        finally
        {
            // what the run left is removed also when it failed
            await contender.After(number).ConfigureAwait(false);
        }

        return (wall, TreeUsage.Cpu() - before);
    }

    /// <summary>Waits until what a run left behind (monitors, clean-up commands) has ended, and 10 ms more.</summary>
    private static async Task QuietAsync(int processes)
    {
        long began = Stopwatch.GetTimestamp();
        do
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10)).ConfigureAwait(false);
        }
        while (ProcessTable.Count() > processes && Stopwatch.GetElapsedTime(began) < QuietAtMost);
    }
}
