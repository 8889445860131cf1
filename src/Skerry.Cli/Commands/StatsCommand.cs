using System.Globalization;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry stats</c>: what containers use, live on a terminal.</summary>
internal static class StatsCommand
{
    internal static Command Table() => new("stats", "show what containers use")
    {
        Operands = "[CONTAINER…]",
        MaxOperands = int.MaxValue,
        Completes = [Completes.Container],
        Options =
        [
            Option.Flag("no-stream", "once, then end"),
            Option.One("interval", "TIME", "how often (default: 1s)"),
            Option.Flag("no-trunc", "shorten nothing"),
            Listing.Format,
        ],
        Notes = "On a terminal the table is rewritten in place; elsewhere, and with -o, each sample follows the last.",
        Examples =
        [
            ("skerry stats", "all that run, every second"),
            ("skerry stats --no-stream -o json web", "one sample of one, for a program"),
        ],
        Run = Run,
    };

    private static int Run(Invocation invocation)
    {
        var request = new StatsRequest
        {
            Follow = !invocation.Flag("no-stream"),
            IntervalMillis = invocation.Parsed("interval", Interval, 0u),
        };
        request.Containers.AddRange(invocation.Operands);
        var whole = invocation.Flag("no-trunc");
        var live = request.Follow && invocation.Out.IsTerminal && (invocation.Text("output") ?? "table") == "table";
        using var call = invocation.Node.Open(NodeMethods.Stats, request);
        while (call.Receive() is { } sample)
        {
            if (live)
            {
                // Home, then every line with what was right of it erased, then all below: nothing flickers.
                invocation.Out.Write("\x1b[H").Write(Table(sample.Containers, whole).ToString().Replace("\n", "\x1b[K\n", StringComparison.Ordinal)).Write("\x1b[J");
            }
            else
            {
                Listing.Print(invocation, sample.Containers, all => Table(all, whole), PodTrees.Of, static s => s.Name);
            }

            invocation.Out.Flush();
            if (!request.Follow)
            {
                break;
            }
        }

        return ExitCodes.Ok;
    }

    internal static Table Table(IReadOnlyList<ContainerStats> all, bool whole)
    {
        // Only where something isolates more than the kernel does.
        var isIsolated = all.Any(static s => s.IsolationMemoryBytes > 0);
        string[] more = isIsolated ? ["ISOLATION"] : [];
        var table = new Table(["CONTAINER ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O", "PIDS", .. more]);
        foreach (var s in all)
        {
            string[] isolation = isIsolated ? [Humanise.Memory(s.IsolationMemoryBytes)] : [];
            if (s.Reason.Length > 0)
            {
                table.Row([whole ? s.Id : Humanise.ShortId(s.Id), s.Name, "-", s.Reason, "-", "-", "-", "-", .. isolation]);
                continue;
            }

            table.Row(
            [
                whole ? s.Id : Humanise.ShortId(s.Id),
                s.Name,
                Percent(s.CpuPercent),
                $"{Humanise.Memory(s.MemoryBytes)} / {(s.MemoryLimitBytes == 0 ? "-" : Humanise.Memory(s.MemoryLimitBytes))}",
                s.MemoryLimitBytes == 0 ? "-" : Percent(100.0 * s.MemoryBytes / s.MemoryLimitBytes),
                $"{Humanise.Size((long)s.NetworkRxBytes)} / {Humanise.Size((long)s.NetworkTxBytes)}",
                $"{Humanise.Size((long)s.IoReadBytes)} / {Humanise.Size((long)s.IoWriteBytes)}",
                s.Pids.ToString(CultureInfo.InvariantCulture),
                .. isolation,
            ]);
        }

        return table;
    }

    private static string Percent(double value) => value.ToString("0.00", CultureInfo.InvariantCulture) + "%";

    private static uint Interval(string text) => Units.Duration(text).TotalMilliseconds is var millis && millis is >= 100 and <= uint.MaxValue
        ? (uint)millis
        : throw new FormatException("at least 100ms");
}
