using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry guard quarantine</c> and <c>release</c>.</summary>
internal static class GuardQuarantine
{
    internal static Command Table() => new("quarantine", "cut a pod off from every network, with all that is in it kept")
    {
        Operands = "POD",
        MinOperands = 1,
        MaxOperands = 1,
        Completes = [Completes.Container],
        Options = [Option.One("reason", "TEXT", "why; it is written to the audit log and shown with the pod"), Listing.Format],
        Notes = "Its processes are frozen, too, unless quarantine_freezes = false under [guard]. Nothing is started in it until it is released; `skerry exec` goes on working once it is resumed.",
        Examples = [("skerry guard quarantine web --reason beacons", "connections that it has are cut, too")],
        Run = static i =>
        {
            i.Node.Call(NodeMethods.Quarantine, new QuarantineRequest { Pod = i.Operands[0], Reason = i.Text("reason") ?? "" });
            return Done(i, quarantined: true);
        },
    };

    internal static Command Release() => new("release", "let a pod that was cut off back")
    {
        Operands = "POD",
        MinOperands = 1,
        MaxOperands = 1,
        Completes = [Completes.Container],
        Options = [Listing.Format],
        Examples = [("skerry guard release web", "its network is there again, and what was frozen goes on")],
        Run = static i =>
        {
            i.Node.Call(NodeMethods.Release, new ReleaseRequest { Pod = i.Operands[0] });
            return Done(i, quarantined: false);
        },
    };

    private static int Done(Invocation i, bool quarantined) => Listing.PrintOne(
        i, Tree.Object().Add("pod", i.Operands[0]).Add("quarantined", quarantined), () => Humanise.Safe(i.Operands[0]) + "\n", i.Operands[0]);
}
