using System.Globalization;
using Skerry.Bench.Macro.Interop;

namespace Skerry.Bench.Macro.Measures;

/// <summary>CPU time of all processes of the bench, and of the machine, to tell our load from that of others.</summary>
/// <remarks>The bench runs in a cgroup namespace of its own: the root of the hierarchy that it sees is its own group.</remarks>
internal static class TreeUsage
{
    private const string V1 = "/sys/fs/cgroup/cpuacct/cpuacct.usage";
    private const string V2 = "/sys/fs/cgroup/cpu.stat";

    /// <summary>All that the bench's processes used, without this process.</summary>
    public static TimeSpan Cpu()
    {
        _ = Libc.getrusage(Libc.RUSAGE_SELF, out Libc.ResourceUse self);
        return Whole() - self.Cpu;
    }

    /// <summary>With this process.</summary>
    public static TimeSpan Whole()
    {
        if (File.Exists(V1))
        {
            return TimeSpan.FromMicroseconds(long.Parse(File.ReadAllText(V1), CultureInfo.InvariantCulture) / 1000.0);
        }

        string line = File.ReadLines(V2).First(l => l.StartsWith("usage_usec ", StringComparison.Ordinal));
        return TimeSpan.FromMicroseconds(long.Parse(line.AsSpan(11), CultureInfo.InvariantCulture));
    }

    /// <summary>Busy time of all cores (/proc/stat, ticks of 10 ms): user, nice, system, irq, softirq, steal.</summary>
    public static TimeSpan Machine()
    {
        string[] fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        long ticks = new[] { 1, 2, 3, 6, 7, 8 }.Sum(i => long.Parse(fields[i], CultureInfo.InvariantCulture));
        return TimeSpan.FromMilliseconds(ticks * 10);
    }
}
