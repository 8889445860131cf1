using System.Globalization;
using System.Reflection;
using System.Text;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary>node, doctor, version: what this machine can do, what is wrong with it, what runs on it.</summary>
internal static class NodeCommands
{
    internal static Command Node() => new("node", "show what this machine can isolate, deny and accelerate, and why not")
    {
        Options = [Option.Flag("probe", "try everything anew instead of telling what was found at start"), Option.Flag("lattice", "print the lattice by which tiers are chosen (TOML), to edit it"), Listing.Format],
        Examples = [("skerry node", "for people"), ("skerry node --lattice > /etc/skerry/policies/tiers.toml", "the rules for tiers, to edit"), ("skerry node -o json | jq '.capabilities[] | select(.group == \"tier\")'", "the tiers, for a program")],
        Run = static i =>
        {
            if (i.Flag("lattice"))
            {
                i.Out.Write(i.Node.Call(NodeMethods.Lattice, new LatticeRequest()).Toml);
                return ExitCodes.Ok;
            }

            var node = i.Node.Call(NodeMethods.DescribeNode, new DescribeNodeRequest { ProbeAgain = i.Flag("probe") });
            var now = i.Context.Time.GetUtcNow();
            return Listing.PrintOne(i, NodeTrees.Of(node), () => Text(node, now), node.Hostname);
        },
    };

    internal static Command Doctor() => new("doctor", "find what is wrong with this node and how to mend it")
    {
        Options = [Listing.Format],
        Notes = "Exit code 1 when anything is an error.",
        Examples = [("skerry doctor", "every check, with what to do")],
        Run = static i =>
        {
            var findings = i.Node.Call(NodeMethods.DiagnoseNode, new DiagnoseNodeRequest()).Findings;
            Listing.Print(i, findings, Table, NodeTrees.Of, static f => f.Check);
            return findings.Any(static f => f.Severity == Finding.Types.Severity.Error) ? ExitCodes.Failed : ExitCodes.Ok;
        },
    };

    internal static Command Version() => new("version", "show the versions of this program and of the node")
    {
        Options = [Listing.Format],
        Examples = [("skerry version", "both")],
        Run = static i =>
        {
            string? node = null;
            string? problem = null;
            try
            {
                node = i.Node.Call(NodeMethods.DescribeNode, new DescribeNodeRequest()).Version;
            }
            catch (Exception e) when (e is CliFailure { ExitCode: ExitCodes.Failed } or NodeFailure)
            {
                problem = e.Message;
            }

            return Listing.PrintOne(
                i,
                Tree.Object().Add("client", Client).Add("node", node).Add("problem", problem),
                () => Humanise.Safe($"skerry   {Client}") + "\n" + Humanise.Safe(node is null ? $"skerryd  unknown: {problem}" : $"skerryd  {node}") + "\n",
                Client);
        },
    };

    internal static string Client { get; } =
        (typeof(NodeCommands).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+')[0];

    private static Table Table(IReadOnlyList<Finding> findings)
    {
        var table = new Table("", "CHECK", "WHAT", "MEND");
        foreach (var finding in findings.OrderByDescending(static f => f.Severity))
        {
            table.Row(NodeTrees.Name(finding.Severity), finding.Check, finding.What, finding.Mend);
        }

        return table;
    }

    private static string Text(DescribeNodeResponse node, DateTimeOffset now)
    {
        var text = new StringBuilder();
        Line("node", $"{node.Hostname}, skerryd {node.Version}, up {Humanise.Since(node.StartedAt, now)}");
        Line("machine", string.Create(CultureInfo.InvariantCulture, $"{node.Os}, Linux {node.Kernel} on {node.Architecture}, {node.Cores} cores, {Humanise.Memory((ulong)node.MemoryBytes)} memory"));
        Line("cgroup", node.Cgroup);
        if (node.Device is { } device)
        {
            Line("tier", device.AutoTier.Length > 0 ? $"auto is {device.AutoTier}: {device.AutoReason}" : $"auto is refused: {device.AutoReason}");
        }

        Line("store", $"{node.Root}: {Humanise.Size(node.StoreBytes)} used, {Humanise.Size(node.StoreFreeBytes)} free");
        Line("holds", string.Create(CultureInfo.InvariantCulture, $"{node.Pods} pods, {node.Containers} containers, {node.Images} images"));
        foreach (var group in node.Capabilities.GroupBy(static c => c.Group))
        {
            text.Append('\n').Append(Humanise.Safe(group.Key)).Append('\n');
            foreach (var c in group)
            {
                var says = c.Available ? c.Detail : c.Reason;
                text.Append("  ").Append(!c.Available ? "no  " : c.Pace switch { "slow" => "slow", "emulated" => "emul", _ => "yes " }).Append("  ")
                    .Append(Humanise.Safe(c.Name).PadRight(22)).Append(' ').Append(Humanise.Safe(says)).Append('\n');
            }
        }

        return text.ToString();

        void Line(string name, string value) => text.Append(name.PadRight(9)).Append(Humanise.Safe(value)).Append('\n');
    }
}
