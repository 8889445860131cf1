using System.Diagnostics;
using System.Globalization;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Microvm;

/// <summary>The VMM of a node's only pod in a microVM, as the kernel shows it.</summary>
internal sealed class Machine
{
    private readonly int _pid;

    private Machine(int pid) => _pid = pid;

    /// <summary>Finds it by its control group, which names the node.</summary>
    internal static Machine Of(TestNode node)
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(static d => int.TryParse(Path.GetFileName(d), out _)))
        {
            try
            {
                var command = File.ReadAllText(directory + "/cmdline");
                if (command.Contains("qemu-system", StringComparison.Ordinal) && !command.Contains("share=on", StringComparison.Ordinal /* makes a template */)
                    && File.ReadAllText(directory + "/cgroup").Contains("/skerry/" + node.Instance + "/", StringComparison.Ordinal))
                {
                    return new Machine(int.Parse(Path.GetFileName(directory), CultureInfo.InvariantCulture));
                }
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }

        throw new InvalidOperationException("the node has no VMM");
    }

    /// <summary>It was started from a template.</summary>
    internal bool IsCopy => File.ReadAllText($"/proc/{_pid}/cmdline").Split('\0').Contains("-incoming", StringComparer.Ordinal);

    /// <summary>The file that its memory is mapped from: the inode of one without a name.</summary>
    internal string MappedTemplate() => File.ReadLines($"/proc/{_pid}/maps").First(static l => l.Contains("/memfd:memory", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];

    /// <summary>The descriptor of that file, as QEMU has it: open for writing.</summary>
    internal string TemplateDescriptor() => Directory.EnumerateFiles($"/proc/{_pid}/fd").First(static f => new FileInfo(f).LinkTarget?.StartsWith("/memfd:memory", StringComparison.Ordinal) == true);

    internal void KillVmm()
    {
        using var process = Process.GetProcessById(_pid);
        process.Kill();
    }

    /// <summary>/proc/PID/status (proc(5)).</summary>
    internal Dictionary<string, string> Status() => File.ReadLines($"/proc/{_pid}/status").Select(static l => l.Split(':', 2)).ToDictionary(static l => l[0], static l => l[1].Trim());

    /// <summary>What it has in the node's memory, MiB.</summary>
    internal int ResidentMebibytes() => int.Parse(Status()["VmRSS"].Split(' ')[0], CultureInfo.InvariantCulture) / 1024;

    internal IReadOnlyList<string> RootEntries() => Entries(string.Empty);

    internal IReadOnlyList<string> Entries(string directory) =>
        [.. Directory.EnumerateFileSystemEntries($"/proc/{_pid}/root/{directory}").Select(static e => Path.GetFileName(e)).Order(StringComparer.Ordinal)];

    /// <summary>Where its descriptors lead.</summary>
    internal IReadOnlyList<string> OpenFiles() => [.. Directory.EnumerateFiles($"/proc/{_pid}/fd").Select(static f => new FileInfo(f).LinkTarget ?? string.Empty)];
}
