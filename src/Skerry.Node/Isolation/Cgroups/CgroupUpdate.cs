using System.Globalization;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Cgroups;

/// <summary>Which files a change of limits writes, in order. Pure; fields that are 0 are left alone.</summary>
internal static class CgroupUpdate
{
    /// <param name="wanted">New limits.</param>
    /// <param name="unified">v2 files; else v1's.</param>
    /// <param name="current">Reads a limit that is in force, by controller and file.</param>
    internal static IReadOnlyList<(string Controller, string File, string Value)> Writes(
        Contracts.Node.V1.Resources wanted, bool unified, Func<string, string, ulong?> current)
    {
        List<(string, string, string)> writes = [];
        if (wanted.CpuMillis > 0)
        {
            var quota = wanted.CpuMillis * (long)(ResourceWriter.CpuPeriod / 1000);
            if (unified)
            {
                writes.Add(("cpu", "cpu.max", $"{Text(quota)} {Text((long)ResourceWriter.CpuPeriod)}"));
            }
            else
            {
                writes.Add(("cpu", "cpu.cfs_period_us", Text((long)ResourceWriter.CpuPeriod)));
                writes.Add(("cpu", "cpu.cfs_quota_us", Text(quota)));
            }
        }

        if (wanted.CpuShares > 0)
            writes.Add(unified ? ("cpu", "cpu.weight", Text((long)Weight(wanted.CpuShares))) : ("cpu", "cpu.shares", Text((long)wanted.CpuShares)));
        if (wanted.CpusetCpus.Length > 0)
            writes.Add(("cpuset", "cpuset.cpus", wanted.CpusetCpus));
        if (wanted.Pids != 0)
            writes.Add(("pids", "pids.max", wanted.Pids < 0 ? "max" : Text(wanted.Pids)));
        if (wanted.MemoryBytes > 0)
            writes.AddRange(Memory(wanted, unified, current));
        return writes;
    }

    /// <summary>cpu.weight 1…10000 for cpu.shares 2…262144, as both runtimes convert it (runc libcontainer/cgroups, ConvertCPUSharesToCgroupV2Value).</summary>
    internal static ulong Weight(ulong shares) => 1 + ((Math.Clamp(shares, 2, 262144) - 2) * 9999 / 262142);

    private static IEnumerable<(string, string, string)> Memory(Contracts.Node.V1.Resources wanted, bool unified, Func<string, string, ulong?> current)
    {
        var limit = wanted.MemoryBytes;
        var swap = wanted.MemorySwapBytes == 0 ? limit : wanted.MemorySwapBytes;
        if (unified)
            return [("memory", "memory.swap.max", swap < 0 ? "max" : Text(swap - limit)), ("memory", "memory.max", Text(limit))];

        // v1 holds limit ≤ memsw at every moment: when growing, memsw goes first; when shrinking, the limit.
        (string, string, string) one = ("memory", "memory.limit_in_bytes", Text(limit));
        (string, string, string) both = ("memory", "memory.memsw.limit_in_bytes", Text(swap));
        var now = current("memory", "memory.memsw.limit_in_bytes");
        if (now is null)
            return [one];
        return swap < 0 || (ulong)swap > now ? [both, one] : [one, both];
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
