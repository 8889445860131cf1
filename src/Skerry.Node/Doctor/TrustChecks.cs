using System.Globalization;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Doctor;

/// <summary>Whether images may start, now and in the weeks to come.</summary>
internal static class TrustChecks
{
    /// <summary>A clock that is so far behind what is proven was set wrong; less is the way of clocks.</summary>
    private static readonly TimeSpan WorthTelling = TimeSpan.FromMinutes(5);

    internal static IEnumerable<Check> All(NodeRooms rooms) =>
    [
        new("trust policies", () => [Policies(rooms)]),
        new("trust", () => Outlook(rooms)),
        new("trusted roots", () => Roots(rooms)),
        new("time floor", () => [Time(rooms)]),
    ];

    private static IEnumerable<Finding> Roots(NodeRooms rooms)
    {
        foreach (var (name, record) in rooms.Images.Trust.Roots.List())
        {
            var at = record.FetchedAt is { } fetched ? string.Create(CultureInfo.InvariantCulture, $"{fetched:yyyy-MM-dd}") : "never";
            yield return record.Problem.Length == 0 ? Check.Ok($"{name} is the newest that {record.From} had on {at}")
                : Check.Warning($"{name} was brought up to date last on {at}: {record.Problem}", $"what was signed since by new keys does not start; 'skerry trust fetch {name}' tries again");
        }
    }

    private static Finding Policies(NodeRooms rooms)
    {
        var trust = rooms.Images.Trust.Trust.Policies;
        var reading = trust.Current();
        if (reading.Policies is not { } policies)
        {
            return Check.Error($"nothing can start: {reading.Error}", "mend the file; it is read again by itself");
        }

        var open = policies.Policies.Where(static p => p.Required == 0 && p.Images.Count > 0).Select(static p => p.Name).ToList();
        return policies.Policies.Count == 0 ? Check.Warning($"there is none in {trust.Directory}: no image may start", "say who signs your images: skerry trust add --help")
            : open.Count > 0 ? Check.Note($"{policies.Policies.Count} policies; images run unverified by {string.Join(", ", open)}", "have those images signed, and name who signs them: skerry trust add NAME --replace --key …")
            : Check.Ok($"{policies.Policies.Count} policies, and each wants a signature");
    }

    private static IEnumerable<Finding> Outlook(NodeRooms rooms)
    {
        var now = rooms.Images.Trust.Trust.Time.Now();
        var told = 0;
        foreach (var (container, decision) in TrustOutlook.Of(rooms))
        {
            var image = container.View.Image;
            if (!decision.IsAllowed)
            {
                told++;
                yield return Check.Warning($"{container.View.Name} ({image}) could not be started again: {decision.Why}", decision.Mend ?? $"skerry trust check --offline {image}");
            }
            else if (decision.GoodUntil is { } end && end - now < TrustOutlook.Weeks)
            {
                told++;
                yield return Check.Warning(
                    string.Create(CultureInfo.InvariantCulture, $"{container.View.Name} ({image}) can be started until {end:yyyy-MM-dd HH:mm} UTC: then {(decision.IsInGrace ? "the grace of its policy" : "what it was verified by")} ends"),
                    $"have it signed again and pull it; 'skerry trust check {image}' says what ends");
            }
        }

        if (told == 0)
        {
            yield return Check.Ok(string.Create(CultureInfo.InvariantCulture, $"every container here could be started again, for {TrustOutlook.Weeks.TotalDays:0} days at least"));
        }
    }

    private static Finding Time(NodeRooms rooms)
    {
        var time = rooms.Images.Trust.Trust.Time;
        var behind = time.Behind;
        return behind > WorthTelling
            ? Check.Warning(string.Create(CultureInfo.InvariantCulture, $"the clock is {behind} behind {time.Floor:yyyy-MM-dd HH:mm} UTC, which is known to be past; signatures are judged by that"), "set the clock, and have it kept: timedatectl set-ntp true")
            : Check.Ok(string.Create(CultureInfo.InvariantCulture, $"the clock is not behind {time.Floor:yyyy-MM-dd HH:mm} UTC, the latest that is known to be past"));
    }
}
