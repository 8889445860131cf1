using System.Globalization;

namespace Skerry.Node.Sensors.Standing;

/// <summary>What went on at the last start of skerryd while no sensor was there.</summary>
/// <param name="From">When the sensor was last known to see, nanoseconds since 1970; of containers that were started later, the first start.</param>
/// <param name="To">When the last container was watched again.</param>
/// <param name="WasOrderly">The daemon before was stopped; else it was killed, or failed.</param>
/// <param name="Containers">The containers.</param>
internal sealed record UnseenReport(long From, long To, bool WasOrderly, IReadOnlyList<UnseenContainer> Containers)
{
    private const int MostNames = 32;

    /// <summary>The containers by their names.</summary>
    internal string Names => string.Join(", ", Containers.Take(MostNames).Select(static c => $"{c.Place.Container} in pod {c.Place.Pod}{(c.HasEnded ? ", which ended meanwhile" : string.Empty)}"))
        + (Containers.Count > MostNames ? string.Create(CultureInfo.InvariantCulture, $" and {Containers.Count - MostNames} more") : string.Empty);

    /// <summary>It in a sentence.</summary>
    internal string Sentence => string.Create(
        CultureInfo.InvariantCulture,
        $"from {Moment(From)} to {Moment(To)} ({(To - From) / 1e9:0.0} s) no sensor was there, since skerryd {(WasOrderly ? "was stopped" : "ended without being stopped")}: what {Containers.Count} containers did was not seen, judged or recorded: {Names}");

    /// <summary>A time as RFC 3339.</summary>
    internal static string Moment(long time) => DateTime.UnixEpoch.AddTicks(time / TimeSpan.NanosecondsPerTick).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
