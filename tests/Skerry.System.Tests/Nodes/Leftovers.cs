using System.Globalization;

namespace Skerry.System.Tests.Nodes;

/// <summary>What a node left on the machine: looked for by its directory and by its cgroups, never by program names.</summary>
internal static class Leftovers
{
    /// <summary>A line for each thing; empty when there is none.</summary>
    internal static List<string> Find(TestNode node) =>
        [.. Processes(node), .. Mounts(node), .. node.CgroupDirectories().Select(static d => "cgroup " + d), .. Files(node)];

    /// <summary>Processes that name the node's directory or are in its cgroups.</summary>
    internal static List<string> Processes(TestNode node)
    {
        var found = new List<string>();
        foreach (var (pid, words) in All())
        {
            if (words.Contains(node.Home + "/", StringComparison.Ordinal) && pid != Environment.ProcessId)
            {
                found.Add($"process {pid}: {words}");
            }
            else if (node.Instance.Length > 0 && Read($"/proc/{pid}/cgroup").Contains($"/skerry/{node.Instance}", StringComparison.Ordinal) && !IsZombie(pid))
            {
                found.Add($"process {pid} in our cgroup: {words}");
            }
        }

        return found;
    }

    /// <summary>Process ids with their command lines; zombies have none.</summary>
    internal static IEnumerable<(int Pid, string Words)> All()
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            {
                yield return (pid, Read(directory + "/cmdline").Replace('\0', ' '));
            }
        }
    }

    internal static bool IsZombie(int pid) => Read($"/proc/{pid}/stat") is var stat && (stat.Length == 0 || stat.Contains(") Z ", StringComparison.Ordinal));

    internal static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }

    private static IEnumerable<string> Mounts(TestNode node) =>
        File.ReadLines("/proc/self/mountinfo").Select(static line => line.Split(' ')[4]).Where(point => point.StartsWith(node.Home + "/", StringComparison.Ordinal) && point != node.Root)
            .Select(static point => "mount " + point);

    private static IEnumerable<string> Files(TestNode node) =>
        new[] { "run/c", "run/oci", "run/runsc", "run/pods", "run/ns", "root/containers" }.Select(name => Path.Combine(node.Home, name)).Where(Directory.Exists)
            .SelectMany(static directory => Directory.EnumerateFileSystemEntries(directory)).Select(static path => "file " + path)
            .Concat(File.Exists(node.Socket) ? ["socket " + node.Socket] : []);
}
