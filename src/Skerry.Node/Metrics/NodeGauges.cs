using System.Diagnostics.Metrics;
using System.Globalization;
using Skerry.Node.Reconcile;
using Skerry.Node.Meters;

namespace Skerry.Node.Metrics;

/// <summary>What can be read of the node at any moment; read only when somebody asks.</summary>
internal static class NodeGauges
{
    /// <summary>Offers the gauges. Called once, by a node whose metrics are served.</summary>
    internal static void Offer(NodeRooms rooms)
    {
        var meter = NodeMeters.Meter;
        meter.CreateObservableGauge("skerry.pods", () => (long)rooms.Index.All.Count, description: "Pods.");
        meter.CreateObservableGauge("skerry.containers", () => Containers(rooms), description: "Containers by state.");
        meter.CreateObservableGauge("skerry.microvm.pool.machines", () => rooms.Tiers.All.Sum(static t => (long)(t.Waiting?.Count ?? 0)), description: "Machines that wait for pods.");
        meter.CreateObservableGauge("skerry.microvm.pool.memory", () => rooms.Tiers.All.Sum(static t => (long)(t.Waiting?.Bytes ?? 0)), "By", "Memory of machines that wait for pods.");
        meter.CreateObservableGauge("skerry.images", () => (long)rooms.Images.Store.List().Count, description: "Images.");
        meter.CreateObservableGauge("skerry.images.unpacked", () => UnpackedBytes(rooms), "By", "Content of all layers, each counted once.");
        meter.CreateObservableGauge("skerry.images.damaged", () => Damaged(rooms), description: "Layers that a scrub found damaged and that are not mended.");
        meter.CreateObservableGauge("skerry.images.scrubbed", () => Scrubbed(rooms), "s", "When the last scrub of all images ended, since 1970.");
        meter.CreateObservableGauge("skerry.drift.containers", () => (long)rooms.Drift.Count, description: "Containers whose programs are looked at before they run.");
        meter.CreateObservableCounter("skerry.drift.programs", () => Drift(rooms), description: "Programs that were looked at before they ran.");
        meter.CreateObservableGauge("skerry.trust.startable", () => Trust(rooms), description: "Images of containers by what their next start would be told.");
        meter.CreateObservableGauge("skerry.trust.expiry", () => Expiry(rooms), "s", "Time until the first image of a container can no longer be started.");
        meter.CreateObservableGauge("skerry.daemon.pss", Pss, "By", "Memory of the daemon, shared pages by share.");
        meter.CreateObservableGauge("skerry.daemon.descriptors", () => (long)Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(), description: "Open descriptors of the daemon.");
    }

    /// <summary>From the text of /proc/self/smaps_rollup: the line <c>Pss: N kB</c>; 0 where there is none.</summary>
    internal static long ParsePss(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("Pss:", StringComparison.Ordinal))
            {
                var number = line.AsSpan(4).Trim();
                number = number.EndsWith(" kB") ? number[..^3] : number;
                return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes * 1024 : 0;
            }
        }

        return 0;
    }

    private static IEnumerable<Measurement<long>> Containers(NodeRooms rooms) =>
        rooms.Index.All
            .SelectMany(static pod => pod.Containers)
            .GroupBy(static container => container.View.State)
            .Select(static group => new Measurement<long>(group.Count(), new KeyValuePair<string, object?>("state", group.Key.ToString().ToLowerInvariant())))
            .ToList();

    private static long Damaged(NodeRooms rooms) =>
        rooms.Images.Store.List().SelectMany(static image => image.Layers).Select(static layer => layer.Name).Distinct(StringComparer.Ordinal).Count(name => rooms.Images.Store.Gate.MarkOf(name) is not null);

    private static IEnumerable<Measurement<double>> Scrubbed(NodeRooms rooms) =>
        rooms.Scrub.State.Ended is { } ended ? [new Measurement<double>(ended.ToUnixTimeSeconds())] : [];

    private static IEnumerable<Measurement<long>> Drift(NodeRooms rooms)
    {
        var found = rooms.Drift.Found;
        return [new(rooms.Drift.Asked - found, new KeyValuePair<string, object?>("of", "image")), new(found, new KeyValuePair<string, object?>("of", "drift"))];
    }

    private static IEnumerable<Measurement<long>> Trust(NodeRooms rooms) =>
        TrustOutlook.Of(rooms)
            .GroupBy(static o => !o.Decision.IsAllowed ? "refused" : o.Decision.IsInGrace ? "grace" : o.Decision.IsVerified ? "verified" : "unverified")
            .Select(static group => new Measurement<long>(group.Count(), new KeyValuePair<string, object?>("verdict", group.Key)))
            .ToList();

    private static IEnumerable<Measurement<double>> Expiry(NodeRooms rooms)
    {
        var now = rooms.Images.Trust.Trust.Time.Now();
        return TrustOutlook.Of(rooms).Where(static o => o.Decision.GoodUntil is not null).Select(o => (o.Decision.GoodUntil!.Value - now).TotalSeconds).DefaultIfEmpty(double.NaN).Min() is var first && double.IsNaN(first)
            ? [] : [new Measurement<double>(first)];
    }

    private static long UnpackedBytes(NodeRooms rooms) =>
        rooms.Images.Store.List().SelectMany(static image => image.Layers).DistinctBy(static layer => layer.Name).Sum(static layer => layer.UnpackedBytes);

    private static long Pss()
    {
        try
        {
            return ParsePss(File.ReadAllText("/proc/self/smaps_rollup"));
        }
        catch (IOException)
        {
            return 0; // Linux before 4.14
        }
    }
}
