using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry inspect</c>: everything that the node knows about containers and their pods.</summary>
internal static class InspectCommand
{
    internal static Command Table() => new("inspect", "show all about containers")
    {
        Operands = "CONTAINER…",
        MinOperands = 1,
        MaxOperands = int.MaxValue,
        Completes = [Completes.Container],
        Options =
        [
            Option.Flag("oci-spec", "with what the OCI runtime was given"),
            Option.One("output", "FORMAT", "how to print (default: json)", 'o', Listing.Formats),
        ],
        Examples = [("skerry inspect web | jq -r '.[0].addresses[0].address'", "its address")],
        Run = Run,
    };

    private static int Run(Invocation invocation)
    {
        var found = new List<InspectPodResponse>();
        var code = Each.Of(invocation, (i, name) => found.Add(i.Node.Call(NodeMethods.Inspect, new InspectPodRequest { Container = name })));
        var tree = Tree.List(found.Select(answer =>
        {
            var pod = PodTrees.Of(answer.Pod ?? new Pod()).Add("containerId", answer.ContainerId);
            return invocation.Flag("oci-spec") ? pod.Add("ociSpec", Tree.OfJson(answer.OciSpecJson)) : pod;
        }));
        var now = invocation.Context.Time.GetUtcNow();
        Listing.PrintOne(
            invocation,
            tree,
            () => PsCommand.Table([.. found.SelectMany(static a => a.Pod?.Containers ?? [])], now, whole: true).ToString(),
            string.Join('\n', found.Select(static a => a.Pod?.Name ?? "")),
            missing: "json");
        return code;
    }
}
