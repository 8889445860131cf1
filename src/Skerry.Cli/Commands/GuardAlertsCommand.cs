using System.Globalization;
using System.Text;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;
using Timestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry guard alerts</c>.</summary>
internal static class GuardAlertsCommand
{
    private static readonly string[] Priorities = ["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"];

    internal static Command Table() => new("alerts", "print what the guard raised the alarm for")
    {
        Operands = "[CONTAINER]",
        MaxOperands = 1,
        Completes = [Completes.Container],
        Options =
        [
            Option.Flag("follow", "go on as alerts come", 'f'),
            Option.One("tail", "N", "the last N that are kept only", 'n'),
            Option.One("since", "TIME", "not before: 2026-01-31T12:00:00Z, or how long ago (10m)"),
            Option.One("rule", "NAME", "of one rule"),
            Option.One("priority", "PRIORITY", "as grave as this or graver", choices: Priorities),
            Option.One("output", "FORMAT", "how to print; json is Falco's, one object a line", 'o', ["text", "json"]),
        ],
        Examples =
        [
            ("skerry guard alerts -f", "all that are kept, and those that come"),
            ("skerry guard alerts --since 1h --priority warning web", "of one container in the last hour"),
            ("skerry guard alerts -f -o json | jq .rule", "for a program"),
        ],
        Run = Run,
    };

    /// <summary>What a tail is on the wire, beside a number of alerts.</summary>
    private const int All = 0;
    private const int NoneThatAreKept = -1;

    private static int Run(Invocation i)
    {
        var request = new AlertsRequest
        {
            Follow = i.Flag("follow"),
            Tail = i.Has("tail") ? (int)Math.Min(i.Parsed("tail", Units.Count, 0L), int.MaxValue) is > 0 and var last ? last : NoneThatAreKept : All,
            Since = i.Parsed<Timestamp?>("since", text => Units.Moment(text, i.Context.Time.GetUtcNow()), null),
            Container = i.Operands.Count > 0 ? i.Operands[0] : string.Empty,
            Rule = i.Text("rule") ?? string.Empty,
            Priority = i.Text("priority") ?? string.Empty,
        };
        var json = i.Text("output") == "json";
        using var call = i.Node.Open(NodeMethods.Alerts, request);
        while (call.Receive() is { } alert)
        {
            if (json)
            {
                i.Out.Append(alert.Json.Span);
                i.Out.Write("\n");
            }
            else
            {
                i.Out.Write(Line(alert));
            }

            if (request.Follow)
            {
                i.Out.Flush();
            }
        }

        return ExitCodes.Ok;
    }

    private static string Line(Alert alert)
    {
        // The message begins with its own time of day; the date is put before it.
        var text = new StringBuilder(alert.Time is null ? "-" : Humanise.Time(alert.Time)).Append(' ').Append(alert.Priority).Append(' ');
        text.Append(alert.Pod.Length == 0 ? "node" : alert.Container.Length == 0 || alert.Container == alert.Pod ? alert.Pod : $"{alert.Pod}/{alert.Container}");
        var message = alert.Output.IndexOf(": ", StringComparison.Ordinal) is > 0 and var colon ? alert.Output[(colon + 2)..] : alert.Output;
        message = message.StartsWith(alert.Priority + " ", StringComparison.Ordinal) ? message[(alert.Priority.Length + 1)..] : message;
        text.Append(": ").Append(alert.Rule).Append(": ").Append(message);
        if (alert.Response is { Action: not ("" or "alert") } response)
        {
            var reaction = (response.DoneNs - response.EventNs) / 1e6;
            text.Append(CultureInfo.InvariantCulture, $" [{response.Action}: {response.Outcome}, {reaction:0.000} ms after the event]");
        }

        return Humanise.Safe(text.ToString()) + "\n";
    }
}
