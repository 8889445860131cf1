using System.Text.Json;

namespace Skerry.Node.Isolation.Spec;

/// <summary>
/// <c>linux.resources</c>. The fields are v1's, and both runtimes turn them into v2's files (shares → weight, quota →
/// cpu.max, memory+swap → swap alone), so that one spec serves all layouts.
/// </summary>
internal static class ResourceWriter
{
    /// <summary>CFS period, µs: the kernel's default (Documentation/scheduler/sched-bwc.rst).</summary>
    public const ulong CpuPeriod = 100_000;

    private const long MinCpuMillis = 10; // a quota below 1 ms is refused by the kernel
    private const long MostPids = 4 << 20; // PID_MAX_LIMIT, linux/threads.h: pids.max takes no more
    private const long MinMemory = 6 << 20; // below this a runtime cannot start its own init (docker's minimum)

    internal static void Write(Utf8JsonWriter json, ContainerPlan plan)
    {
        var wanted = plan.Spec.Resources ?? new();
        json.WriteStartObject("resources"u8);
        WriteDevices(json, plan);

        Check(wanted);
        if (wanted.MemoryBytes != 0 || wanted.MemorySwapBytes != 0)
        {
            if (wanted.MemorySwapBytes != 0 && !plan.SwapAccounting)
                throw new SpecRefusedException("resources.memory_swap_bytes", "this machine does not account swap", "leave it out, or boot with swapaccount=1");
            json.WriteStartObject("memory"u8);
            json.WriteNumber("limit"u8, wanted.MemoryBytes);
            if (plan.SwapAccounting)
                json.WriteNumber("swap"u8, wanted.MemorySwapBytes == 0 ? wanted.MemoryBytes : wanted.MemorySwapBytes);
            json.WriteEndObject();
        }

        WriteCpu(json, wanted);
        var pids = wanted.Pids == 0 ? plan.DefaultPids : wanted.Pids;
        if (pids > 0)
        {
            json.WriteStartObject("pids"u8);
            json.WriteNumber("limit"u8, pids);
            json.WriteEndObject();
        }

        WriteIo(json, plan.Io);
        json.WriteEndObject();
    }

    /// <summary>Sees that limits are some that a container can be started with.</summary>
    /// <exception cref="SpecRefusedException">One is not.</exception>
    internal static void Check(Contracts.Node.V1.Resources wanted)
    {
        if (wanted.MemoryBytes < MinMemory && (wanted.MemoryBytes != 0 || wanted.MemorySwapBytes != 0))
            throw new SpecRefusedException("resources.memory_bytes", $"{wanted.MemoryBytes} is below {MinMemory} (6 MiB)", "give at least 6 MiB, or 0 for no limit");
        if (wanted.MemorySwapBytes > 0 && wanted.MemorySwapBytes < wanted.MemoryBytes)
            throw new SpecRefusedException("resources.memory_swap_bytes", $"{wanted.MemorySwapBytes} is below the memory limit {wanted.MemoryBytes}: it counts memory and swap together", "give at least the memory limit, 0 for no swap, -1 for any swap");
        if (wanted.Pids < -1)
            throw new SpecRefusedException("resources.pids", $"{wanted.Pids} is negative", "give a number, or -1 for no limit");
        if (wanted.Pids > MostPids)
            throw new SpecRefusedException("resources.pids", $"{wanted.Pids} is above {MostPids}, the most processes that a kernel can have", "give a lower number, or -1 for no limit");
        if (wanted.CpuMillis is < 0 or (> 0 and < MinCpuMillis))
            throw new SpecRefusedException("resources.cpu_millis", $"{wanted.CpuMillis} is below {MinCpuMillis}", "give at least 10 thousandths of a core, or 0 for no limit");
        if (wanted.CpuShares is 1 or > 262144) // kernel/sched/core.c MIN_SHARES, MAX_SHARES
            throw new SpecRefusedException("resources.cpu_shares", $"{wanted.CpuShares} is not between 2 and 262144", "1024 is one container's ordinary share");
        if (!wanted.CpusetCpus.All(c => char.IsAsciiDigit(c) || c is ',' or '-'))
            throw new SpecRefusedException("resources.cpuset_cpus", $"\"{wanted.CpusetCpus}\" is not a list of CPUs", "write it as 0-2,4");
    }

    private static void WriteCpu(Utf8JsonWriter json, Contracts.Node.V1.Resources wanted)
    {
        if (wanted.CpuMillis == 0 && wanted.CpuShares == 0 && wanted.CpusetCpus.Length == 0)
            return;
        json.WriteStartObject("cpu"u8);
        if (wanted.CpuShares > 0)
            json.WriteNumber("shares"u8, wanted.CpuShares);
        if (wanted.CpuMillis > 0)
        {
            json.WriteNumber("quota"u8, wanted.CpuMillis * (long)(CpuPeriod / 1000));
            json.WriteNumber("period"u8, CpuPeriod);
        }

        if (wanted.CpusetCpus.Length > 0)
            json.WriteString("cpus"u8, wanted.CpusetCpus);
        json.WriteEndObject();
    }

    private static void WriteDevices(Utf8JsonWriter json, ContainerPlan plan)
    {
        if (!plan.DeviceCgroup)
        {
            if (plan.Users is null)
                throw new SpecRefusedException("host_users", "without a device filter, which this machine cannot install, root in the container could make any device node", "leave host_users off");
            return;
        }

        json.WriteStartArray("devices"u8);
        Rule(false, "a", -1, -1, "rwm");
        foreach (var (major, minor, access) in DeviceRules.Standard)
            Rule(true, "c", major, minor, access);
        foreach (var device in plan.Devices)
            Rule(true, device.IsBlock ? "b" : "c", (int)device.Major, (int)device.Minor, device.Access);
        json.WriteEndArray();

        void Rule(bool allow, string type, int major, int minor, string access)
        {
            json.WriteStartObject();
            json.WriteBoolean("allow"u8, allow);
            json.WriteString("type"u8, type);
            if (major >= 0)
                json.WriteNumber("major"u8, major);
            if (minor >= 0)
                json.WriteNumber("minor"u8, minor);
            json.WriteString("access"u8, access);
            json.WriteEndObject();
        }
    }

    private static void WriteIo(Utf8JsonWriter json, IReadOnlyList<IoThrottle> limits)
    {
        if (limits.Count == 0)
            return;
        json.WriteStartObject("blockIO"u8);
        List("throttleReadBpsDevice"u8, l => l.ReadBps);
        List("throttleWriteBpsDevice"u8, l => l.WriteBps);
        List("throttleReadIOPSDevice"u8, l => l.ReadIops);
        List("throttleWriteIOPSDevice"u8, l => l.WriteIops);
        json.WriteEndObject();

        void List(ReadOnlySpan<byte> name, Func<IoThrottle, ulong> rate)
        {
            if (limits.All(l => rate(l) == 0))
                return;
            json.WriteStartArray(name);
            foreach (var limit in limits.Where(l => rate(l) != 0))
            {
                json.WriteStartObject();
                json.WriteNumber("major"u8, limit.Major);
                json.WriteNumber("minor"u8, limit.Minor);
                json.WriteNumber("rate"u8, rate(limit));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }
}
