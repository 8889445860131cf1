namespace Skerry.Linux.Virtualization;

/// <summary>
/// How fast a guest counts, by runs that are each four times as long until they are long enough to be measured. A busy machine takes the processor away in
/// the middle of a run, which then looks long and slow: so the best of several counts.
/// </summary>
internal static class GuestPace
{
    private const ulong FirstRounds = 2000;
    private const ulong MostRounds = 1 << 25;
    private const int LongRuns = 3;
    private static readonly TimeSpan s_enough = TimeSpan.FromMilliseconds(20);

    /// <summary>Rounds a second, of the fastest of three runs that were long enough, and of what was tried before.</summary>
    /// <param name="run">Has the guest do so many rounds, and says how long that took.</param>
    internal static double RoundsPerSecond(Func<ulong, TimeSpan> run)
    {
        var (rounds, best) = (FirstRounds, 0.0);
        for (var longRuns = 0; longRuns < LongRuns;)
        {
            var took = run(rounds);
            best = Math.Max(best, rounds / took.TotalSeconds);
            if (took >= s_enough || rounds >= MostRounds)
            {
                longRuns++;
            }
            else
            {
                rounds *= 4;
            }
        }

        return best;
    }
}
