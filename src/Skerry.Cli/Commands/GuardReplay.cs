using System.Globalization;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Guard.Alerts;
using Skerry.Guard.Decisions;
using Skerry.Guard.Events;
using Skerry.Guard.Recorder;
using Skerry.Guard.Rules;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry guard replay</c>: what rules would have alerted of, had they been there when it happened.</summary>
internal static class GuardReplay
{
    private const long NanosecondsInSecond = 1_000_000_000;

    /// <summary>The rules that are judged by.</summary>
    internal static readonly Option Rules = Option.Many("rules", "FILE", "a file or directory of rules, or the name of a policy; several are loaded on top of each other", completes: Completes.Rules);

    internal static readonly Option All = Option.Flag("all", "judge by all rules; without it, after the first that fires, only by those with a response, as on the node");

    internal static Command Table() => new("replay", "judge recorded events by rules, and print what would have been alerted, denied or killed")
    {
        Options = [Rules, .. RecordedEvents.Options, All, ReplayAnswers.Respond, Option.One("output", "FORMAT", "how to print", 'o', ["text", "json"])],
        Notes = "The events come from the node's flight recorder and are judged here. What nobody saw when it happened is told among the alerts, as by the node then. With -o json each alert is a line as the node would have sent it; what would have followed on it is its member skerry.action.",
        Examples =
        [
            ("skerry guard replay --rules mine.yaml --since 2h", "would this file have found anything in the last two hours?"),
            ("skerry guard replay --rules rules.d --container web -o json | jq .rule", "of one container, for a program"),
            ("skerry guard replay --rules drift --respond tag:policy_drift=kill --since 1d", "what would have been killed since yesterday?"),
            ("skerry guard replay --rules mine.yaml --dir ./record", "of a recording that was copied from a node"),
        ],
        Run = static i => Run(i),
    };

    /// <summary>The rules that a command line names.</summary>
    internal static RuleLoader Load(Invocation invocation, bool matchesAll)
    {
        var files = invocation.List("rules");
        return files.Count > 0 ? RuleFiles.LoadAll(invocation, files, new RuleLoaderOptions { MatchesAll = matchesAll })
            : throw CliFailure.Usage($"`{invocation.Path}` needs --rules FILE", $"for example: {invocation.Command.Examples[0].Line}");
    }

    /// <summary>A time as RFC 3339 with nanoseconds.</summary>
    internal static string Time(long nanoseconds) => string.Create(
        CultureInfo.InvariantCulture, $"{DateTime.UnixEpoch.AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick):yyyy-MM-ddTHH:mm:ss}.{nanoseconds % NanosecondsInSecond:D9}Z");

    private static int Run(Invocation invocation)
    {
        var rules = Load(invocation, invocation.Flag("all")).Set;
        var answers = new ReplayAnswers(invocation);
        var evaluator = new RuleEvaluator(rules, answers.Has);
        var writer = new AlertWriter();
        var json = invocation.Text("output") == "json";
        var alerts = 0L;
        var recorded = new RecordedEvents(invocation) { Lacks = loss => invocation.Out.Write(json ? JsonText.Line(LossText.Object(loss)) : Humanise.Safe(LossText.Line(loss)) + "\n") };
        recorded.Each(e =>
        {
            foreach (var rule in evaluator.Judge(e))
            {
                alerts++;
                Print(invocation, writer, rule, e, answers.Of(rule), json);
            }

            return true;
        });
        invocation.Out.Flush();
        invocation.Context.Error.Line(Summary(recorded, alerts, answers));
        return ExitCodes.Ok;
    }

    private static void Print(Invocation invocation, AlertWriter writer, Rule rule, KernelEvent e, string? answer, bool json)
    {
        if (json)
        {
            var alert = writer.Json(rule, e, AlertId.Of(rule, e));
            invocation.Out.Append(answer is null ? alert : alert[..^1]);
            invocation.Out.Write(answer is null ? "\n" : $",\"skerry\":{{\"action\":{JsonText.Line(Tree.Of(answer)).TrimEnd('\n')},\"outcome\":\"would be\"}}}}\n");
            return;
        }

        var message = System.Text.Encoding.UTF8.GetString(writer.Message(rule, e));
        invocation.Out.Line(Humanise.Safe($"{Time(e.Timestamp)} {AlertWriter.NameOf(rule.Priority)} {rule.Name}: {message}{(answer is null ? string.Empty : $" [would be: {answer}]")}"));
    }

    private static string Summary(RecordedEvents recorded, long alerts, ReplayAnswers answers)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{recorded.Events} events judged, {alerts} alerts");
        foreach (var (answer, count) in answers.Counts)
        {
            text += string.Create(CultureInfo.InvariantCulture, $", {count} would be answered: {answer}");
        }

        if (recorded.Losses.Where(static l => l.Kind != LossKind.Away).Aggregate(0UL, static (sum, l) => sum + l.Count) is > 0 and var lost)
        {
            text += string.Create(CultureInfo.InvariantCulture, $"; {lost} events were lost when they happened, and nobody judged them");
        }

        if (recorded.Losses.Any(static l => l.Kind == LossKind.Away))
        {
            text += "; for some of that time no sensor was there";
        }

        if (recorded.Lost > 0)
        {
            text += string.Create(CultureInfo.InvariantCulture, $"; {recorded.Lost} events were not recorded when they happened");
        }

        if (recorded.Unknown > 0)
        {
            text += string.Create(CultureInfo.InvariantCulture, $"; {recorded.Unknown} events are of kinds that this version does not know");
        }

        return text;
    }
}
