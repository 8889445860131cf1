using System.Globalization;
using System.Text.Json;
using Skerry.Contracts.Ttrpc;
using Skerry.Linux;

namespace Skerry.Guest.Containers;

/// <summary>Writes linux.resources of the OCI runtime specification to the files of a control group; what is not named stays.</summary>
internal static class ResourceUpdate
{
    /// <exception cref="GuestException">The document is not one.</exception>
    /// <exception cref="LinuxException">The kernel refused a value.</exception>
    public static void Apply(ContainerCgroup cgroup, ReadOnlyMemory<byte> document)
    {
        try
        {
            using var json = JsonDocument.Parse(document);
            var root = json.RootElement;
            if (root.TryGetProperty("memory"u8, out var memory))
            {
                SetLimit(cgroup, memory, "limit"u8, "memory.max");
                SetLimit(cgroup, memory, "reservation"u8, "memory.low");
            }

            if (root.TryGetProperty("pids"u8, out var pids))
            {
                SetLimit(cgroup, pids, "limit"u8, "pids.max");
            }

            if (root.TryGetProperty("cpu"u8, out var cpu))
            {
                SetCpu(cgroup, cpu);
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new GuestException(TtrpcStatusCode.InvalidArgument, $"resources: {error.Message}");
        }
    }

    private static void SetLimit(ContainerCgroup cgroup, JsonElement parent, ReadOnlySpan<byte> name, string file)
    {
        if (parent.TryGetProperty(name, out var limit))
        {
            var value = limit.GetInt64();
            cgroup.Set(file, value > 0 ? Text(value) : "max");
        }
    }

    private static void SetCpu(ContainerCgroup cgroup, JsonElement cpu)
    {
        if (cpu.TryGetProperty("quota"u8, out var quota))
        {
            var period = cpu.TryGetProperty("period"u8, out var given) ? given.GetInt64() : 100_000;
            cgroup.Set("cpu.max", $"{(quota.GetInt64() > 0 ? Text(quota.GetInt64()) : "max")} {Text(period)}");
        }

        if (cpu.TryGetProperty("shares"u8, out var shares) && shares.GetInt64() > 0)
        {
            // 2 … 262144 of v1 onto 1 … 10000 of v2, as crun does (libcrun/cgroup-utils.c convert_shares_to_weight).
            cgroup.Set("cpu.weight", Text(1 + (((Math.Clamp(shares.GetInt64(), 2, 262144) - 2) * 9999) / 262142)));
        }

        if (cpu.TryGetProperty("cpus"u8, out var cpus) && cpus.GetString() is { Length: > 0 } list)
        {
            cgroup.Set("cpuset.cpus", list);
        }
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
