using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Terminals;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;
using Timestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry logs</c> and <c>skerry events</c>: what was said, and what happened.</summary>
internal static class LogsCommand
{
    internal static Command Logs() => new("logs", "print what a container wrote")
    {
        Operands = "CONTAINER",
        MinOperands = 1,
        MaxOperands = 1,
        Completes = [Completes.Container],
        Options =
        [
            Option.Flag("follow", "go on as it writes", 'f'),
            Option.One("tail", "N", "the last N lines only", 'n'),
            Since,
            Until,
            Option.Flag("timestamps", "with the time of each line", 't'),
            Option.One("output", "FORMAT", "how to print", 'o', ["text", "json"]),
        ],
        Examples =
        [
            ("skerry logs -f --tail 20 web", "the last 20 lines and all that follow"),
            ("skerry logs --since 10m -t web", "the last ten minutes, with times"),
        ],
        Run = RunLogs,
    };

    internal static Command Events() => new("events", "print what happened on the node")
    {
        Operands = "[CONTAINER]",
        MaxOperands = 1,
        Completes = [Completes.Container],
        Options =
        [
            Option.Flag("follow", "go on as things happen; the default without --until", 'f'),
            Since,
            Until,
            Option.One("output", "FORMAT", "how to print", 'o', ["text", "json"]),
        ],
        Notes = "Without --since: what happens from now on; with --follow=false, or an --until that is past: all that was recorded.",
        Examples =
        [
            ("skerry events --since 1h --until 0s", "the last hour"),
            ("skerry events --follow=false web", "all that is recorded of web"),
            ("skerry events -o json", "from now on, one JSON object a line"),
        ],
        Run = RunEvents,
    };

    private static Option Since => Option.One("since", "TIME", "not before: 2026-01-31T12:00:00Z, or how long ago (10m)");

    private static Option Until => Option.One("until", "TIME", "not after");

    private static int RunLogs(Invocation invocation)
    {
        var request = new LogsRequest
        {
            Container = invocation.Operands[0],
            Follow = invocation.Flag("follow"),
            Tail = invocation.Parsed("tail", static text => text == "all" ? -1 : Units.Count(text), -1L),
            Since = Moment(invocation, "since"),
            Until = Moment(invocation, "until"),
        };
        var json = invocation.Text("output") == "json";
        var times = invocation.Flag("timestamps");
        var lineStart = new[] { true, true };
        using var call = invocation.Node.Open(NodeMethods.Logs, request);
        while (call.Receive() is { } entry)
        {
            if (json)
            {
                invocation.Out.Write(JsonText.Line(PodTrees.Of(entry)));
                Flush(invocation, request.Follow);
                continue;
            }

            var error = entry.Stream == LogEntry.Types.Stream.Stderr;
            var output = error ? invocation.Context.Error : invocation.Out;
            if (times && lineStart[error ? 1 : 0])
            {
                output.Write(entry.Time is null ? "- " : Humanise.Time(entry.Time) + " ");
            }

            // As bytes: what a container writes need not be text.
            output.Append(entry.Data.Span);
            lineStart[error ? 1 : 0] = entry.Data.Length > 0 && entry.Data[^1] == '\n';
            if (request.Follow)
            {
                output.Flush();
            }
        }

        return ExitCodes.Ok;
    }

    private static int RunEvents(Invocation invocation)
    {
        var request = new EventsRequest
        {
            Container = invocation.Operands.Count > 0 ? invocation.Operands[0] : "",
            Since = Moment(invocation, "since"),
            Until = Moment(invocation, "until"),
        };
        request.Follow = invocation.Has("follow") ? invocation.Flag("follow") : request.Until is null;
        var json = invocation.Text("output") == "json";
        using var call = invocation.Node.Open(NodeMethods.Events, request);
        while (call.Receive() is { } e)
        {
            invocation.Out.Write(json ? JsonText.Line(PodTrees.Of(e)) : Line(e));
            invocation.Out.Flush();
        }

        return ExitCodes.Ok;
    }

    private static string Line(Event e)
    {
        var name = e.ContainerName.Length == 0 || e.ContainerName == e.PodName ? e.PodName : $"{e.PodName}/{e.ContainerName}";
        string[] parts =
        [
            e.Time is null ? "-" : Humanise.Time(e.Time),
            e.Type,
            name,
            e.Image,
            string.Join(' ', e.Attributes.OrderBy(static a => a.Key, StringComparer.Ordinal).Select(static a => $"{a.Key}={a.Value}")),
        ];
        return Humanise.Safe(string.Join(' ', parts.Where(static p => p.Length > 0))) + "\n";
    }

    private static void Flush(Invocation invocation, bool follow)
    {
        if (follow)
        {
            invocation.Out.Flush();
        }
    }

    private static Timestamp? Moment(Invocation invocation, string name) =>
        invocation.Parsed<Timestamp?>(name, text => Units.Moment(text, invocation.Context.Time.GetUtcNow()), null);
}
