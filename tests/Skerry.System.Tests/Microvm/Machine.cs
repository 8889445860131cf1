using System.Diagnostics;
using System.Globalization;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Microvm;

/// <summary>The VMM of a node's only pod in a microVM, or the server of its volumes, as the kernel shows it.</summary>
internal sealed class Machine
{
    private readonly int _pid;

    private Machine(int pid) => _pid = pid;

    /// <summary>Finds it by its control group, which names the node.</summary>
    internal static Machine Of(TestNode node) => Find(
        node, static command => command.Contains("qemu-system", StringComparison.Ordinal) && !command.Contains("mem-path=/run/skerry/template/", StringComparison.Ordinal /* makes a template */)) ?? throw new InvalidOperationException("the node has no VMM");

    /// <summary>The VMMs that a node has.</summary>
    internal static IReadOnlyList<Machine> AllOf(TestNode node) => [.. All(node, static command => command.Contains("qemu-system", StringComparison.Ordinal))];

    /// <summary>How many VMMs a node has.</summary>
    internal static int CountOf(TestNode node) => All(node, static command => command.Contains("qemu-system", StringComparison.Ordinal)).Count();

    /// <summary>The server of the volumes of a node's only pod in a microVM that has any.</summary>
    internal static Machine ServerOf(TestNode node) =>
        Find(node, static command => command.Contains("virtiofsd\0--fd=", StringComparison.Ordinal)) ?? throw new InvalidOperationException("the node has no server of volumes");

    private static Machine? Find(TestNode node, Func<string, bool> isIt) => All(node, isIt).FirstOrDefault();

    private static IEnumerable<Machine> All(TestNode node, Func<string, bool> isIt)
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(static d => int.TryParse(Path.GetFileName(d), out _)))
        {
            if (isIt(Leftovers.Read(directory + "/cmdline")) && Leftovers.Read(directory + "/cgroup").Contains("/skerry/" + node.Instance + "/", StringComparison.Ordinal))
            {
                yield return new Machine(int.Parse(Path.GetFileName(directory), CultureInfo.InvariantCulture));
            }
        }
    }

    /// <summary>It was started from a template.</summary>
    internal bool IsCopy => File.ReadAllText($"/proc/{_pid}/cmdline").Split('\0').Contains("-incoming", StringComparer.Ordinal);

    /// <summary>The file that its memory is mapped from: the inode of one without a name.</summary>
    internal string MappedTemplate() => File.ReadLines($"/proc/{_pid}/maps").First(static l => l.Contains("/memfd:memory", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];

    /// <summary>The descriptor of that file, as QEMU has it: open for writing.</summary>
    internal string TemplateDescriptor() => Directory.EnumerateFiles($"/proc/{_pid}/fd").First(static f => new FileInfo(f).LinkTarget?.StartsWith("/memfd:memory", StringComparison.Ordinal) == true);

    /// <summary>Its parent process.</summary>
    internal Machine Parent() => new(int.Parse(Status()["PPid"], CultureInfo.InvariantCulture));

    /// <summary>What is mounted where it can go, and how.</summary>
    internal IReadOnlyList<(string Place, IReadOnlyList<string> Options)> Mounts() =>
        [.. File.ReadLines($"/proc/{_pid}/mountinfo").Select(static l => l.Split(' ')).Select(static f => (f[4], (IReadOnlyList<string>)f[5].Split(',')))];

    /// <summary>A path below its root, for others.</summary>
    internal string PathOf(string path) => $"/proc/{_pid}/root/{path}";

    /// <summary>Sends it a signal by its name: STOP has a machine neither end nor answer.</summary>
    internal void Signal(string name)
    {
        using var kill = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{name} {_pid}")]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    internal void KillVmm()
    {
        using var process = Process.GetProcessById(_pid);
        process.Kill();
    }

    /// <summary>/proc/PID/status (proc(5)).</summary>
    internal Dictionary<string, string> Status() => File.ReadLines($"/proc/{_pid}/status").Select(static l => l.Split(':', 2)).ToDictionary(static l => l[0], static l => l[1].Trim());

    /// <summary>What it has in the node's memory, MiB.</summary>
    internal int ResidentMebibytes() => int.Parse(Status()["VmRSS"].Split(' ')[0], CultureInfo.InvariantCulture) / 1024;

    /// <summary>What it has of code that it translated, MiB: what it can write and run, and no file has.</summary>
    internal int TranslatedMebibytes()
    {
        const int Kib = 1024;
        var isIt = false;
        var size = 0;
        foreach (var line in File.ReadLines($"/proc/{_pid}/smaps"))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!words[0].EndsWith(':'))
            {
                isIt = words is [_, "rwxp", _, _, "0"];
            }
            else if (isIt && words[0] == "Rss:")
            {
                size += int.Parse(words[1], CultureInfo.InvariantCulture);
            }
        }

        return size / Kib;
    }

    /// <summary>Pages of it that the kernel keeps once with those of others (proc_pid_ksm_stat(5)).</summary>
    internal long MergedPages() => long.Parse(
        File.ReadLines($"/proc/{_pid}/ksm_stat").First(static l => l.StartsWith("ksm_merging_pages", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    internal IReadOnlyList<string> RootEntries() => Entries(string.Empty);

    internal IReadOnlyList<string> Entries(string directory) =>
        [.. Directory.EnumerateFileSystemEntries($"/proc/{_pid}/root/{directory}").Select(static e => Path.GetFileName(e)).Order(StringComparer.Ordinal)];

    /// <summary>Where its descriptors lead.</summary>
    internal IReadOnlyList<string> OpenFiles() => [.. Directory.EnumerateFiles($"/proc/{_pid}/fd").Select(static f => new FileInfo(f).LinkTarget ?? string.Empty)];
}
