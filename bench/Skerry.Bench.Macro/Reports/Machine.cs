using System.Globalization;
using System.Runtime.InteropServices;
using Skerry.Bench.Macro.Peers;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Reports;

/// <summary>What the numbers were measured on.</summary>
internal static class Machine
{
    public static IReadOnlyList<KeyValuePair<string, string>> Describe(Workplace place)
    {
        List<KeyValuePair<string, string>> found = [];
        void Add(string key, string value) => found.Add(new(key, value.Replace("|", "\\|", StringComparison.Ordinal)));

        Add("CPU", $"{Field("/proc/cpuinfo", "model name")}, {Environment.ProcessorCount} cores");
        string[] memory = Field("/proc/meminfo", "MemTotal").Split(' ');
        Add("memory", $"{Figures.Of(long.Parse(memory[0], CultureInfo.InvariantCulture) / 1048576.0)} GiB");
        Add("kernel", $"{File.ReadAllText("/proc/sys/kernel/osrelease").Trim()} ({RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()})");
        Add("system", Field("/etc/os-release", "PRETTY_NAME", '=').Trim('"'));
        Add("storage", $"{FileSystem(place.Work)} for images and layers, tmpfs for run-time state");
        Add("cgroup", File.Exists("/sys/fs/cgroup/cgroup.controllers") ? "v2" : "v1 controllers, own subtree in a cgroup namespace");
        foreach ((string name, Command version) in new (string, Command)[]
        {
            ("skerry", Command.Of(Path.Combine(place.Dist, "skerry"), "--version")),
            ("crun", Command.Of(Tool.Of("crun"), "--version")),
            ("runc", Command.Of(Tool.Of("runc"), "--version")),
            ("conmon", Command.Of(Tool.Of("conmon"), "--version")),
            ("podman", Command.Of(Tool.Of("podman"), "--version")),
            ("containerd", Command.Of(Tool.Of("containerd"), "--version")),
            ("docker-registry", Command.Of(Tool.Of("docker-registry"), "--version")),
        })
        {
            Add(name, File.Exists(version.Path) ? Version(version, place.Tmp) : "not there");
        }

        return found;
    }

    private static string Version(Command command, string directory)
    {
        try
        {
            // Some say where they lie, which says nothing of them.
            string line = Child.Read(command, directory).Split('\n')[0].Trim();
            return line.StartsWith(command.Path + " ", StringComparison.Ordinal) ? line[(command.Path.Length + 1)..] : line;
        }
        catch (BenchException e)
        {
            return e.Message;
        }
    }

    private static string Field(string file, string name, char separator = ':') =>
        File.ReadLines(file).Where(l => l.StartsWith(name, StringComparison.Ordinal) && l.Contains(separator, StringComparison.Ordinal))
            .Select(l => l[(l.IndexOf(separator, StringComparison.Ordinal) + 1)..].Trim())
            .FirstOrDefault("unknown");

    /// <summary>The type of the longest mount point above a path (proc(5), mountinfo).</summary>
    private static string FileSystem(string path) =>
        File.ReadLines("/proc/self/mountinfo").Select(l => l.Split(' '))
            .Where(f => path.StartsWith(f[4], StringComparison.Ordinal))
            .OrderBy(f => f[4].Length)
            .Select(f => f[Array.IndexOf(f, "-") + 1])
            .LastOrDefault("unknown");
}
