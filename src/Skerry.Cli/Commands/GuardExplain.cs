using System.Globalization;
using System.Text;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Guard.Alerts;
using Skerry.Guard.Decisions;
using Skerry.Guard.Events;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry guard explain</c>: why an alert came: which parts of the condition held, who started the process, and what happened around it.</summary>
internal static class GuardExplain
{
    private const int UsualAround = 5;
    private const long Window = 60_000_000_000; // a minute to each side

    internal static Command Table() => new("explain", "show why an alert came, and what happened around it")
    {
        Operands = "ALERT",
        MinOperands = 1,
        MaxOperands = 1,
        Options =
        [
            GuardReplay.Rules,
            .. RecordedEvents.Options,
            Option.Flag("all", "of no effect: an alert is looked for by all rules"),
            Option.One("around", "N", "how many events of the same container to show before and after (default 5)"),
            Option.One("output", "FORMAT", "how to print", 'o', ["text", "json"]),
        ],
        Notes = "ALERT is the uuid of an alert, of the node or of `skerry guard replay -o json`. It is looked for among the recorded events, by the rules of the node, or by those of --rules.",
        Examples =
        [
            ("skerry guard explain 2b0a4f7e-8c1d-8e5f-9a3b-1c2d3e4f5a6b", "why this alert of the node came"),
            ("skerry guard explain 2b0a4f7e-8c1d-8e5f-9a3b-1c2d3e4f5a6b --rules rules.d --since 1d", "why this one came, that rules of your own gave in a replay"),
        ],
        Run = static i => Run(i),
    };

    private static int Run(Invocation invocation)
    {
        if (!Guid.TryParse(invocation.Operands[0], out var id))
        {
            throw CliFailure.Usage($"{invocation.Operands[0]} is no uuid of an alert", "the uuid is in the alert's JSON: skerry guard replay -o json … | jq -r .uuid");
        }

        var around = (int)invocation.Parsed("around", static text => Math.Min(Units.Count(text), 1000), (long)UsualAround);
        var loader = invocation.List(GuardReplay.Rules.Name).Count > 0 ? GuardReplay.Load(invocation, matchesAll: true) : NodeRules.Load(invocation);
        var evaluator = new RuleEvaluator(loader.Set);
        AlertStory? story = null;
        var recorded = new RecordedEvents(invocation);
        recorded.Each(e =>
        {
            foreach (var rule in evaluator.Judge(e))
            {
                if (AlertId.Of(rule, e) == id)
                {
                    story = AlertStory.Of(id, rule, e, loader.Explain(rule, e));
                    return false;
                }
            }

            return true;
        });
        if (story is null)
        {
            throw new CliFailure(
                string.Create(CultureInfo.InvariantCulture, $"none of {recorded.Events} recorded events gives the alert {id} by these rules"),
                "are these the rules that gave it, and is it recorded still? --since may help");
        }

        FindAround(invocation, story, around);
        invocation.Out.Write(invocation.Text("output") == "json" ? JsonText.Indented(story.ToTree()) : Text(story));
        return ExitCodes.Ok;
    }

    /// <summary>Reads what the same container did shortly before and after.</summary>
    private static void FindAround(Invocation invocation, AlertStory story, int count)
    {
        var before = new Queue<string>();
        var isPast = false;
        var recorded = new RecordedEvents(invocation);
        recorded.Each(
            e =>
            {
                if (story.IsItself(e))
                {
                    isPast = true;
                    story.Around.AddRange(before);
                    story.Around.Add("> " + AlertStory.Line(e));
                }
                else if (story.IsOfSameContainer(e) && !isPast)
                {
                    before.Enqueue("  " + AlertStory.Line(e));
                    if (before.Count > count)
                    {
                        before.Dequeue();
                    }
                }
                else if (story.IsOfSameContainer(e))
                {
                    story.Around.Add("  " + AlertStory.Line(e));
                    return --count > 0;
                }

                return true;
            },
            story.Time - Window,
            story.Time + Window,
            findsAllLosses: true);
        story.Lost.AddRange(recorded.Losses.Where(story.MayConcern).Select(LossText.Line));
    }

    private static string Text(AlertStory story)
    {
        var text = new StringBuilder();
        text.Append("alert    ").Append(story.Id).Append('\n');
        text.Append("rule     ").Append(Humanise.Safe($"{story.Rule.Name} ({AlertWriter.NameOf(story.Rule.Priority)})")).Append('\n');
        text.Append("time     ").Append(GuardReplay.Time(story.Time)).Append('\n');
        text.Append("message  ").Append(Humanise.Safe(story.Message)).Append('\n');
        text.Append("\nprocesses\n");
        foreach (var (depth, process) in story.Processes.Index())
        {
            text.Append("  ").Append(depth == 0 ? "" : new string(' ', (depth - 1) * 3) + "└─ ").Append(Humanise.Safe(process)).Append('\n');
        }

        text.Append("\nwhy\n");
        Append(text, story.Why.Reason(), 1);
        text.Append("\naround\n");
        foreach (var line in story.Around)
        {
            text.Append("  ").Append(Humanise.Safe(line)).Append('\n');
        }

        if (story.Lost.Count > 0)
        {
            text.Append("\nnot seen, within a minute\n");
            foreach (var line in story.Lost)
            {
                text.Append("  ").Append(Humanise.Safe(line)).Append('\n');
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, Explanation part, int depth)
    {
        text.Append(' ', depth * 2).Append(part.Holds ? "yes  " : "no   ").Append(Humanise.Safe(part.Text));
        if (part.Parts.Count == 0)
        {
            text.Append("   ← ").Append(Humanise.Safe(part.Value ?? "absent"));
        }

        text.Append('\n');
        foreach (var inner in part.Parts)
        {
            Append(text, inner, depth + 1);
        }
    }
}
