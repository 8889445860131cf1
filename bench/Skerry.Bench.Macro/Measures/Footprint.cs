using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Measures;

/// <summary>What a daemon holds and has left behind at one moment: memory, descriptors, and every kind of thing that could leak.</summary>
internal sealed record Footprint(long Pss, long PrivateDirty, int Descriptors, int Threads, int Mounts, int Cgroups, int Processes, int Files)
{
    /// <param name="pid">The daemon.</param>
    /// <param name="directories">The node's directories, whose entries are counted.</param>
    public static Footprint Of(int pid, params ReadOnlySpan<string> directories)
    {
        int files = 0;
        foreach (string directory in directories)
        {
            files += Entries(directory);
        }

        return new Footprint(
            ProcessTable.Pss(pid),
            ProcessTable.PrivateDirty(pid),
            ProcessTable.Descriptors(pid),
            ProcessTable.Threads(pid),
            ProcessTable.Mounts(pid).Count + ProcessTable.Mounts(1).Count,
            Entries("/sys/fs/cgroup", directoriesOnly: true),
            ProcessTable.Count(),
            files);
    }

    /// <summary>By find(1), which does not stumble over names and modes that containers make, nor crosses into other mounts' loops.</summary>
    private static int Entries(string directory, bool directoriesOnly = false)
    {
        string output = Path.Combine("/run/bench", "entries");
        Command find = Command.Of("/usr/bin/find", directory);
        find = (directoriesOnly ? find.With("-type", "d", "-printf", ".") : find.With("-printf", ".")) with { Output = output };
        _ = Child.Run(find);
        return (int)new FileInfo(output).Length;
    }
}
