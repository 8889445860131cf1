using System.Globalization;
using Skerry.Contracts.Guest.V1;
using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Guest.Containers;

/// <summary>A container's control group: cgroup v2 alone, in a kernel that is known (Documentation/admin-guide/cgroup-v2.rst).</summary>
internal sealed class ContainerCgroup(string path)
{
    private const int RemoveTries = 200;

    /// <summary>Kills every process in it.</summary>
    public void Kill() => ProcFile.TryWrite(path + "/cgroup.kill", "1");

    /// <summary>Sets one of its files.</summary>
    /// <exception cref="LinuxException">The kernel refused the value.</exception>
    public void Set(string file, string value) => ProcFile.Write($"{path}/{file}", value);

    /// <summary>Whether all its processes stand still.</summary>
    public bool IsFrozen => Field("cgroup.events", "frozen") == 1;

    /// <summary>How many of its processes the kernel has killed for want of memory.</summary>
    public ulong OomKills => Field("memory.events", "oom_kill");

    /// <summary>Kills what is left and removes it. Nothing waits long here: killed processes go at once, and the group with them.</summary>
    public void Remove()
    {
        Kill();
        var (parent, name) = (Path.GetDirectoryName(path)!, Path.GetFileName(path));
        using var directory = FileCalls.Open(null, parent, OpenFlags.Directory);
        for (var tries = 0; tries < RemoveTries; tries++)
        {
            try
            {
                FileCalls.RemoveDirectory(directory, name);
                return;
            }
            catch (LinuxException error) when (error.Error == Errno.EBUSY)
            {
                Thread.Yield();
            }
        }

        // Left empty-handed: a later container has another id.
    }

    /// <summary>Its counters.</summary>
    public StatsResponse Read()
    {
        var (read, written) = Io();
        var (received, sent) = Network();
        var memory = Number("memory.current");
        return new StatsResponse
        {
            CpuNanoseconds = Field("cpu.stat", "usage_usec") * 1000,
            CpuThrottledPeriods = Field("cpu.stat", "nr_throttled"),
            MemoryBytes = memory - Math.Min(memory, Field("memory.stat", "inactive_file")),
            MemoryLimitBytes = Number("memory.max"),
            MemoryPeakBytes = Number("memory.peak"),
            Pids = Number("pids.current"),
            PidsLimit = Number("pids.max"),
            IoReadBytes = read,
            IoWriteBytes = written,
            NetworkRxBytes = received,
            NetworkTxBytes = sent,
            OomKills = OomKills,
        };
    }

    /// <summary>"max" is no number: 0, no limit. So is a file that is not there.</summary>
    private ulong Number(string file) =>
        Text(file) is { } text && ulong.TryParse(text.AsSpan().TrimEnd(), CultureInfo.InvariantCulture, out var value) ? value : 0;

    private ulong Field(string file, string name)
    {
        foreach (var line in (Text(file) ?? "").Split('\n'))
        {
            if (line.Length > name.Length && line[name.Length] == ' ' && line.StartsWith(name, StringComparison.Ordinal)
                && ulong.TryParse(line.AsSpan(name.Length + 1), CultureInfo.InvariantCulture, out var value))
            {
                return value;
            }
        }

        return 0;
    }

    /// <summary>io.stat: <c>254:0 rbytes=4096 wbytes=0 …</c>.</summary>
    private (ulong Read, ulong Written) Io()
    {
        var (read, written) = (0UL, 0UL);
        foreach (var field in (Text("io.stat") ?? "").Split([' ', '\n']))
        {
            if (field.StartsWith("rbytes=", StringComparison.Ordinal) && ulong.TryParse(field.AsSpan(7), CultureInfo.InvariantCulture, out var bytes))
            {
                read += bytes;
            }
            else if (field.StartsWith("wbytes=", StringComparison.Ordinal) && ulong.TryParse(field.AsSpan(7), CultureInfo.InvariantCulture, out bytes))
            {
                written += bytes;
            }
        }

        return (read, written);
    }

    /// <summary>/proc/net/dev without lo: the containers of a machine share its network. <c>eth0: bytes packets … (eight) bytes …</c>.</summary>
    private static (ulong Received, ulong Sent) Network()
    {
        var (received, sent) = (0UL, 0UL);
        foreach (var line in File.ReadAllLines("/proc/net/dev"))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || line[..colon].Trim() == "lo")
            {
                continue;
            }

            var fields = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length >= 9 && ulong.TryParse(fields[0], CultureInfo.InvariantCulture, out var came) && ulong.TryParse(fields[8], CultureInfo.InvariantCulture, out var went))
            {
                received += came;
                sent += went;
            }
        }

        return (received, sent);
    }

    private string? Text(string file) => File.Exists($"{path}/{file}") ? File.ReadAllText($"{path}/{file}") : null;
}
