using Skerry.Contracts.Node.V1;
using Skerry.Linux.Files;
using Skerry.Node.Survey;
using Skerry.Node.Journal;
using Skerry.Node.Reconcile;
using Skerry.Node.Sensors.Recording;
using Skerry.Oci;

namespace Skerry.Node.Doctor;

/// <summary>What the node keeps on disk: the journal, images, logs, and what was left lying.</summary>
internal static class StoreChecks
{
    /// <summary>20 000 events and some thousand pods stay far below.</summary>
    private const long LargeJournal = 256L << 20;

    internal static IEnumerable<Check> All(NodeRooms rooms) =>
    [
        new("journal", () => [Journal(rooms.Paths.Journal)]),
        new("audit", () => Audit(rooms)),
        new("images", () => Images(rooms)),
        new("scrub", () => Scrub(rooms)),
        new("logs", () => [Logs(rooms)]),
        new("recording", () => [Recording(rooms.Recorder?.State, rooms.Options.Record.Enabled)]),
        new("leftovers", () => [Leftovers(rooms)]),
    ];

    private static Finding Journal(string path)
    {
        var size = new[] { path, path + "-wal" }.Select(static p => new FileInfo(p)).Where(static f => f.Exists).Sum(static f => f.Length);
        var said = JournalCheck.Run(path);
        return said != "ok" ? Check.Error($"{path} is damaged: {said}", $"stop skerryd, then restore {path} from a backup, or move it away to start with an empty node")
            : size > LargeJournal ? Check.Warning($"{path} has grown to {Human(size)}", $"stop skerryd, then: sqlite3 {path} vacuum")
            : Check.Ok($"sound, {Human(size)}");
    }

    private static IEnumerable<Finding> Audit(NodeRooms rooms)
    {
        var log = rooms.Trail.Log;
        if (rooms.AuditTrouble is { } trouble)
        {
            yield return Check.Error($"when the daemon started: {trouble}", "keep what was set aside, and find out who changed it; 'skerry audit verify --dir …' says what is wrong with it");
        }

        if (log.Failure is { } failure)
        {
            yield return Check.Error($"the last entry could not be written: {failure}", "free space on the disk of the node's root; until then 'skerry exec' is refused");
        }

        if (rooms.AuditTrouble is null && log.Failure is null)
        {
            yield return Check.Ok($"{log.View.Size} entries; 'skerry audit verify' reads them all again");
        }
    }

    private static IEnumerable<Finding> Images(NodeRooms rooms)
    {
        var store = rooms.Images.Store;
        foreach (var damage in store.Damaged)
        {
            var (what, mend) = CapabilityChecks.Split(damage);
            yield return Check.Error(what, mend);
        }

        var unfinished = store.Content.ListIngests().ToList();
        if (unfinished.Count > 0)
        {
            yield return Check.Note(
                $"{(unfinished.Count == 1 ? "1 unfinished download holds" : $"{unfinished.Count} unfinished downloads hold")} {Human(unfinished.Sum(static i => i.Size))}",
                "pull the image again: it goes on where it was; or throw them away: skerry image prune");
        }

        if (store.Damaged.Count == 0)
        {
            yield return Check.Ok($"{store.List().Count} images; 'skerry image scrub' reads all of their content again");
        }
    }

    private static IEnumerable<Finding> Scrub(NodeRooms rooms)
    {
        foreach (var image in rooms.Images.Store.List())
        {
            foreach (var layer in image.Layers)
            {
                if (rooms.Images.Store.Gate.MarkOf(layer.Name) is { } problem)
                {
                    yield return Check.Error($"image {image}: layer {layer.DiffId} is damaged, and nothing starts from it: {problem}", $"skerry image scrub --repair {image}");
                }
            }
        }

        var (state, every) = (rooms.Scrub.State, rooms.Scrub.Every);
        foreach (var finding in state.Findings.Take(20))
        {
            yield return Check.Warning($"the last scrub found: {finding}", "skerry image scrub --repair");
        }

        yield return every is not { } period ? Check.Note("images are not read again by themselves", "images.scrub = \"7d\" in skerry.toml; or now and then: skerry image scrub")
            : state.Begun is { } begun ? Check.Ok($"a scrub is under way since {begun:yyyy-MM-dd HH:mm} UTC{(rooms.Scrub.Waits is { } why ? $", and waits: {why}" : string.Empty)}")
            : state.Ended is { } ended && rooms.Clock.GetUtcNow() - ended > 2 * period ? Check.Warning($"the last scrub was {ended:yyyy-MM-dd HH:mm} UTC, and one is due every {period.TotalDays:0.#} days", "the machine is too busy or on its battery: run 'skerry image scrub' when it is not")
            : Check.Ok(state.Ended is { } last ? $"the next is due {last + period:yyyy-MM-dd HH:mm} UTC" : "the first is due in a while");
    }

    private static Finding Logs(NodeRooms rooms)
    {
        var logs = rooms.Index.All.SelectMany(static p => p.Containers)
            .Select(c => (c.View.Name, Size: FileCalls.Status(null, rooms.Paths.Log(c.Id))?.Size ?? 0)).ToList();
        var total = logs.Sum(static l => l.Size);
        var largest = logs.Count == 0 ? (Name: string.Empty, Size: 0L) : logs.MaxBy(static l => l.Size);
        using var root = FileCalls.Open(null, rooms.Paths.Root, OpenFlags.Read | OpenFlags.Directory);
        var text = largest.Size == 0 ? "empty" : $"{Human(total)} in {logs.Count} files, the largest {Human(largest.Size)} of {largest.Name}";
        return total * 10 > FileCalls.Room(root).TotalBytes
            ? Check.Warning($"{text}: more than a tenth of the disk", "lower log.container_max_size in skerry.toml, or remove pods that ended: skerry rm")
            : Check.Ok(text);
    }

    /// <summary>How the flight recorder does.</summary>
    /// <param name="state">Its state; null where there is none.</param>
    /// <param name="isWanted">Whether the configuration wants one.</param>
    internal static Finding Recording(RecorderState? state, bool isWanted) => state switch
    {
        null when isWanted => Check.Error("kernel events are not recorded: the recorder could not begin", "see the log of skerryd; then restart it"),
        null => Check.Ok("switched off"),
        { Stopped: { } problem } => Check.Error($"kernel events are not recorded: {problem}", "make room on the disk, or lower record.reserve and record.quota in skerry.toml"),
        { Lost: > 0 } => Check.Warning($"{state.Lost} kernel events could not be recorded since the start", "the disk is too slow or too full for what the containers do; a longer record.flush_seconds, or record.sync = \"segment\", writes less often"),
        _ => Check.Ok($"{Human(state.Bytes)} of {Human(state.Quota)}, nothing lost"),
    };

    /// <summary>Only what no pod owns and no operation that runs now may have made: removed by the sweep of the next start.</summary>
    private static Finding Leftovers(NodeRooms rooms)
    {
        var now = rooms.Clock.GetUtcNow();
        var containers = rooms.Index.All.SelectMany(static p => p.Containers).Select(static c => c.Id).ToHashSet(StringComparer.Ordinal);
        var pods = rooms.Index.All.Select(static p => p.Id).ToHashSet(StringComparer.Ordinal);
        var left = Unowned(rooms.Paths.Containers, containers)
            .Concat(Unowned(rooms.Paths.Bundles, containers))
            .Concat(Unowned(rooms.Paths.Pods, pods))
            .Concat(Directory.EnumerateDirectories(rooms.Paths.Root, TrialGround.Prefix + "*"))
            .Where(path => now - Directory.GetLastWriteTimeUtc(path) > TimeSpan.FromMinutes(10)).ToList();
        return left.Count == 0
            ? Check.Ok("none")
            : Check.Note($"{left.Count} directories that no pod owns, such as {left[0]}", "restart skerryd: it sweeps when it starts, and pods run on");
    }

    private static IEnumerable<string> Unowned(string parent, HashSet<string> owned) =>
        Directory.Exists(parent) ? Directory.EnumerateDirectories(parent).Where(d => !owned.Contains(Path.GetFileName(d))) : [];

    private static string Human(long bytes) => new ByteCount(Math.Max(0, bytes)).ToHuman();
}
