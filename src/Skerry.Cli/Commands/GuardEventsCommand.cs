using System.Globalization;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry guard events</c>: what the sensor sees, as it happens.</summary>
internal static class GuardEventsCommand
{
    internal static Command Table() => new("events", "follow what containers do, as the kernel tells it")
    {
        Operands = "[CONTAINER]",
        MaxOperands = 1,
        Completes = [Completes.Container],
        Options = [Option.Flag("follow", "go on as things happen; the default", 'f'), Option.One("output", "FORMAT", "how to print", 'o', ["text", "json"])],
        Notes = "Kinds of events that no rule watches are not told.",
        Examples = [("skerry guard events -f web", "system calls of one container, from now on")],
        Run = Run,
    };

    private static int Run(Invocation i)
    {
        var json = i.Text("output") == "json";
        using var call = i.Node.Open(NodeMethods.GuardEvents, new GuardEventsRequest { Container = i.Operands.Count > 0 ? i.Operands[0] : string.Empty });
        while (call.Receive() is { } e)
        {
            if (e.Skipped > 0)
            {
                i.Context.Error.Write(string.Create(CultureInfo.InvariantCulture, $"({e.Skipped} events were left out: they came faster than they were read)\n"));
            }

            i.Out.Write(json ? JsonText.Line(Of(e)) : Humanise.Safe(string.Create(CultureInfo.InvariantCulture, $"{Humanise.Time(e.Time)} {e.Container} {e.Pid} {e.Type} {e.Process} | {e.Arguments}")) + "\n");
            i.Out.Flush();
        }

        return ExitCodes.Ok;
    }

    private static Tree Of(GuardEvent e) => Tree.Object()
        .Add("time", Humanise.Time(e.Time))
        .Add("type", e.Type)
        .Add("container", e.Container)
        .Add("pid", e.Pid)
        .Add("process", e.Process)
        .Add("arguments", e.Arguments);
}
