using System.Globalization;
using Skerry.Contracts.Node.V1;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Node.Images.Pulling;
using Skerry.Node.Reconcile;
using Skerry.Oci;

namespace Skerry.Node.Doctor;

/// <summary>Disk, memory, descriptors, clock.</summary>
internal static class MachineChecks
{
    /// <summary>Below this the journal itself may soon not be written.</summary>
    private const long Desperate = 64L << 20;

    /// <summary>Skerry did not exist before; a clock that says so was never set.</summary>
    private const int FirstYear = 2025;

    internal static IEnumerable<Check> All(NodeRooms rooms) =>
    [
        new("disk", () => [Disk(rooms)]),
        new("inodes", () => [Inodes(rooms.Paths.Root)]),
        new("memory", () => Memory(File.ReadAllText("/proc/meminfo"), TextOf("/proc/pressure/memory"))),
        new("descriptors", () => [Descriptors()]),
        new("clock", () => [Clock(rooms.Clock.GetUtcNow(), rooms.Index.All.Select(static p => p.Record.Pod.CreatedAt?.ToDateTimeOffset()).Max())]),
    ];

    /// <summary>Judges /proc/meminfo and, where the kernel has it, /proc/pressure/memory (psi.rst).</summary>
    internal static IEnumerable<Finding> Memory(string meminfo, string? pressure)
    {
        var total = Field(meminfo, "MemTotal:");
        var available = Field(meminfo, "MemAvailable:");
        var text = $"{Human(available)} of {Human(total)} available";
        yield return available * 20 < total
            ? Check.Warning(text, "stop pods (skerry stats shows what they take), or give them limits with --memory")
            : Check.Ok(text);
        if (pressure?.Split('\n').FirstOrDefault(static l => l.StartsWith("full ", StringComparison.Ordinal)) is { } full
            && full.Split(' ').FirstOrDefault(static f => f.StartsWith("avg60=", StringComparison.Ordinal)) is { } average
            && double.TryParse(average[6..], CultureInfo.InvariantCulture, out var share)
            && share >= 10)
        {
            yield return Check.Warning(
                FormattableString.Invariant($"for {share:0} % of the last minute every task waited for memory"),
                "stop pods (skerry stats shows what they take), or give them limits with --memory");
        }
    }

    /// <summary>Judges the clock by what it must be later than.</summary>
    internal static Finding Clock(DateTimeOffset now, DateTimeOffset? newestPod) =>
        now.Year < FirstYear
            ? Check.Error(FormattableString.Invariant($"the clock says {now:yyyy-MM-dd}: it was never set, and registries' certificates will not be valid"), "set it: timedatectl set-ntp true, or date -s")
            : newestPod > now + TimeSpan.FromMinutes(10)
                ? Check.Warning(FormattableString.Invariant($"the clock says {now:u}, but a pod was made at {newestPod:u}: it was set back"), "set it: timedatectl set-ntp true, or date -s")
                : Check.Ok(FormattableString.Invariant($"{now:u}"));

    private static Finding Disk(NodeRooms rooms)
    {
        var store = rooms.Images.Store;
        using var root = FileCalls.Open(null, rooms.Paths.Root, OpenFlags.Read | OpenFlags.Directory);
        var room = FileCalls.Room(root);
        var reserve = new SpaceGuard(store).Reserve(room);
        var text = $"{rooms.Paths.Root}: {Human(room.AvailableBytes)} of {Human(room.TotalBytes)} free, {Human(reserve)} of it kept in reserve";
        return room.AvailableBytes < Desperate ? Check.Error(text, SpaceGuard.WhatToFree(store))
            : room.AvailableBytes < reserve ? Check.Warning($"{text}: pulls are refused", SpaceGuard.WhatToFree(store))
            : Check.Ok(text);
    }

    private static Finding Inodes(string path)
    {
        using var root = FileCalls.Open(null, path, OpenFlags.Read | OpenFlags.Directory);
        var room = FileCalls.Room(root);
        if (room.Inodes == 0)
        {
            return Check.Ok("the file system makes inodes as it needs them");
        }

        var text = FormattableString.Invariant($"{path}: {room.InodesFree} of {room.Inodes} free");
        const string Mend = "skerry image prune --all, or a file system with more inodes (mkfs.ext4 -i)";
        return room.InodesFree * 100 < room.Inodes ? Check.Error(text, Mend)
            : room.InodesFree * 20 < room.Inodes ? Check.Warning(text, Mend)
            : Check.Ok(text);
    }

    private static Finding Descriptors()
    {
        var used = Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        var line = File.ReadLines("/proc/self/limits").First(static l => l.StartsWith("Max open files", StringComparison.Ordinal));
        var limit = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        var text = FormattableString.Invariant($"skerryd has {used} of {limit} open files");
        return long.TryParse(limit, CultureInfo.InvariantCulture, out var most) && used * 5 > most * 4
            ? Check.Warning(text, "raise LimitNOFILE in the unit of skerryd")
            : Check.Ok(text);
    }

    private static long Field(string meminfo, string name)
    {
        var line = meminfo.Split('\n').FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    private static string? TextOf(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return null; // not every kernel keeps it
        }
    }

    private static string Human(long bytes) => new ByteCount(Math.Max(0, bytes)).ToHuman();
}
