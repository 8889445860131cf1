using System.Globalization;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry guard maintenance</c>: pods in which responses are only told for a while.</summary>
internal static class GuardMaintenance
{
    internal static Command Table() => new("maintenance", "have responses in a pod only told, for a while")
    {
        Children = [Start(), List(), Stop()],
    };

    private static Command Start() => new("start", "begin the maintenance of a pod")
    {
        Operands = "POD",
        MinOperands = 1,
        MaxOperands = 1,
        Completes = [Completes.Container],
        Options =
        [
            Option.One("for", "DURATION", "how long: 30m, at most 24h"),
            Option.One("reason", "TEXT", "why; it is written to the audit log"),
            Listing.Format,
        ],
        Notes = "Alerts go on. It ends by itself, whatever happens to the clock, and survives restarts of skerryd; a reboot ends it.",
        Examples = [("skerry guard maintenance start web --for 30m --reason certificates", "nothing in it is killed, denied or cut off meanwhile")],
        Run = static i =>
        {
            var request = new StartMaintenanceRequest
            {
                Pod = i.Operands[0],
                Seconds = i.Has("for") ? i.Parsed("for", Units.Seconds, 0u) : throw CliFailure.Usage($"`{i.Path}` needs --for DURATION", $"for example: {i.Command.Examples[0].Line}"),
                Reason = i.Text("reason") ?? throw CliFailure.Usage($"`{i.Path}` needs --reason TEXT", $"for example: {i.Command.Examples[0].Line}"),
            };
            var begun = i.Node.Call(NodeMethods.StartMaintenance, request).Maintenance;
            return Listing.PrintOne(i, Of(begun), () => Humanise.Safe(begun.Pod) + "\n", begun.Pod);
        },
    };

    private static Command List() => new("ls", "list what is being maintained")
    {
        Options = [Listing.Format],
        Examples = [("skerry guard maintenance ls", "which pods, why, and how long still")],
        Run = static i => Listing.Print(i, i.Node.Call(NodeMethods.ListMaintenance, new ListMaintenanceRequest()).All, Table, Of, static m => m.Pod),
    };

    private static Command Stop() => new("stop", "end the maintenance of a pod before its time")
    {
        Operands = "POD",
        MinOperands = 1,
        MaxOperands = 1,
        Completes = [Completes.Maintained],
        Options = [Listing.Format],
        Examples = [("skerry guard maintenance stop web", "what its rules ask for is done again from now on")],
        Run = static i =>
        {
            i.Node.Call(NodeMethods.StopMaintenance, new StopMaintenanceRequest { Pod = i.Operands[0] });
            return Listing.PrintOne(i, Tree.Object().Add("pod", i.Operands[0]), () => Humanise.Safe(i.Operands[0]) + "\n", i.Operands[0]);
        },
    };

    private static Table Table(IReadOnlyList<Maintenance> all) =>
        all.Aggregate(new Table("POD", "LEFT", "BY", "REASON"), static (table, m) => table.Row(m.Pod, Left(m), m.Who, m.Reason));

    private static string Left(Maintenance m) => TimeSpan.FromSeconds(m.SecondsLeft).ToString("c", CultureInfo.InvariantCulture);

    private static Tree Of(Maintenance m) => Tree.Object()
        .Add("pod", m.Pod)
        .Add("podId", m.PodId)
        .Add("reason", m.Reason)
        .Add("who", m.Who)
        .Add("secondsLeft", m.SecondsLeft);
}
