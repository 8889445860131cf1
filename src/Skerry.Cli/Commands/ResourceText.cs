using System.Globalization;
using Skerry.Cli.CommandLine;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary>Limits as <c>run</c> and <c>update</c> take them.</summary>
internal static class ResourceText
{
    internal static Resources Of(Invocation invocation)
    {
        var resources = new Resources
        {
            MemoryBytes = invocation.Parsed("memory", Units.Bytes, 0L),
            MemorySwapBytes = invocation.Parsed("memory-swap", Units.BytesOrUnlimited, 0L),
            CpuMillis = invocation.Parsed("cpus", Units.CpuMillis, 0L),
            CpuShares = (ulong)invocation.Parsed("cpu-shares", Units.Count, 0L),
            CpusetCpus = invocation.Parsed("cpuset-cpus", CpuList, ""),
            Pids = invocation.Parsed("pids", static text => text == "-1" ? -1 : Units.Count(text), 0L),
        };
        if (resources.MemorySwapBytes > 0 && resources.MemorySwapBytes < resources.MemoryBytes)
        {
            throw CliFailure.Usage("--memory-swap is memory and swap together; it cannot be less than --memory");
        }

        foreach (var (name, set) in Io)
        {
            foreach (var (device, rate) in invocation.EachParsed(name, text => Rate(text, name.EndsWith("bps", StringComparison.Ordinal))))
            {
                var limit = resources.Io.FirstOrDefault(l => l.Device == device);
                if (limit is null)
                {
                    resources.Io.Add(limit = new IoLimit { Device = device });
                }

                set(limit, rate);
            }
        }

        return resources;
    }

    /// <summary><c>nofile=1024[:4096]</c>; -1 or unlimited for no limit.</summary>
    internal static Rlimit Rlimit(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            throw new FormatException("write NAME=SOFT[:HARD]");
        }

        var values = text[(equals + 1)..].Split(':');
        if (values.Length > 2)
        {
            throw new FormatException("write NAME=SOFT[:HARD]");
        }

        var (soft, hard) = (Limit(values[0]), Limit(values[^1]));
        return soft <= hard
            ? new Rlimit { Type = text[..equals], Soft = soft, Hard = hard }
            : throw new FormatException("the soft limit is above the hard one");
    }

    private static readonly (string Name, Action<IoLimit, ulong> Set)[] Io =
    [
        ("device-read-bps", static (limit, rate) => limit.ReadBps = rate),
        ("device-write-bps", static (limit, rate) => limit.WriteBps = rate),
        ("device-read-iops", static (limit, rate) => limit.ReadIops = rate),
        ("device-write-iops", static (limit, rate) => limit.WriteIops = rate),
    ];

    private static ulong Limit(string text) => text is "-1" or "unlimited" ? ulong.MaxValue : (ulong)Units.Count(text);

    private static (string Device, ulong Rate) Rate(string text, bool bytes)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0)
        {
            throw new FormatException(bytes ? "write DEVICE:SIZE, for example /dev/sda:10Mi" : "write DEVICE:N, for example /dev/sda:200");
        }

        var rate = bytes ? Units.Bytes(text[(colon + 1)..]) : Units.Count(text[(colon + 1)..]);
        return rate > 0 ? (text[..colon], (ulong)rate) : throw new FormatException("the rate is 0");
    }

    private static string CpuList(string text)
    {
        foreach (var part in text.Split(','))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || ends.Any(static end => !uint.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            {
                throw new FormatException("write cores as in 0-2,4");
            }
        }

        return text;
    }
}
