using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry guard captures</c>: the events around alerts that were kept.</summary>
internal static class GuardCaptures
{
    internal static Command Table() => new("captures", "list the events around alerts that were kept")
    {
        Options = [Listing.Format],
        Children = [Remove()],
        Notes = "Each is a recording of one container around one alert, which the recording's quota does not remove. They have a quota of their own (capture_quota); at it no more are made.",
        Examples =
        [
            ("skerry guard captures", "which alerts, and where"),
            ("skerry guard replay --rules rules.d --dir $(skerry guard captures -o json | jq -r '.[0].directory')", "judge the newest by any rules"),
        ],
        Run = static i =>
        {
            var answer = i.Node.Call(NodeMethods.ListCaptures, new ListCapturesRequest());
            return Listing.Print(i, answer.Captures, Table, Of, static c => c.Id);
        },
    };

    private static Command Remove() => new("rm", "remove captures")
    {
        Operands = "ALERT…",
        MinOperands = 1,
        MaxOperands = int.MaxValue,
        Completes = [Completes.Capture],
        Options = [Listing.Format],
        Examples = [("skerry guard captures rm 2b0a4f7e-8c1d-8e5f-9a3b-1c2d3e4f5a6b", "and make room for others")],
        Run = static i =>
        {
            foreach (var id in i.Operands)
            {
                i.Node.Call(NodeMethods.RemoveCapture, new RemoveCaptureRequest { Id = id });
            }

            return Listing.Print(i, i.Operands, static ids => ids.Aggregate(new Table("REMOVED"), static (table, id) => table.Row(id)), static id => Tree.Object().Add("id", id), static id => id);
        },
    };

    private static Table Table(IReadOnlyList<Capture> captures) =>
        captures.Aggregate(new Table("ALERT", "TIME", "POD", "RULE", "SIZE", "DIRECTORY"), static (table, c) => table.Row(c.Id, Humanise.Time(c.Time), c.Pod, c.Rule, Humanise.Size((long)c.Bytes), c.Directory));

    private static Tree Of(Capture c) => Tree.Object()
        .Add("id", c.Id)
        .Add("time", Tree.Of(c.Time))
        .Add("rule", c.Rule)
        .Add("pod", c.Pod)
        .Add("container", c.Container)
        .Add("directory", c.Directory)
        .Add("bytes", (long)c.Bytes);
}
