using System.Text;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry run --dry-run</c>: the tier that a pod would get, and why.</summary>
internal static class TierPlan
{
    internal static int Show(Invocation invocation, PodSpec pod)
    {
        PlanResponse plan;
        try
        {
            plan = invocation.Node.Call(NodeMethods.Plan, new PlanRequest { Pod = pod });
        }
        catch (NodeFailure e)
        {
            throw new CliFailure(e.Message, e.Next, e.ExitCode ?? ExitCodes.NotStarted, e);
        }

        Listing.PrintOne(invocation, NodeTrees.Of(plan), () => Text(plan), plan.Tier);
        return plan.Tier.Length > 0 ? ExitCodes.Ok : ExitCodes.NotStarted;
    }

    private static string Text(PlanResponse plan)
    {
        var text = new StringBuilder();
        Line("tier", plan.Tier.Length > 0 ? plan.Tier : "none: it would be refused");
        Line("why", plan.Reason);
        Line("remedy", plan.Remedy);
        Line("tee", plan.Tee);
        Line("device", plan.DeviceClass);
        if (!plan.ImagesKnown)
        {
            Line("image", "not on this node: what kind it is was not looked at");
        }

        foreach (var other in plan.Considered)
        {
            text.Append("  not ").Append(Humanise.Safe(other.Tier)).Append(": it ").Append(Humanise.Safe(other.Why)).Append('\n');
            if (other.Remedy.Length > 0)
            {
                text.Append("      ").Append(Humanise.Safe(other.Remedy)).Append('\n');
            }
        }

        return text.ToString();

        void Line(string name, string value)
        {
            if (value.Length > 0)
            {
                text.Append(name.PadRight(9)).Append(Humanise.Safe(value)).Append('\n');
            }
        }
    }
}
