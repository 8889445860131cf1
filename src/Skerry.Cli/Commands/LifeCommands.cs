using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary>start, stop, kill, rm, pause, resume, wait, update: one word to one or more containers.</summary>
internal static class LifeCommands
{
    private const string Many = "CONTAINER…";

    internal static Command Start() => Of("start", "start containers that have ended", [], static (i, name) =>
        Print(i, name, i.Node.Call(NodeMethods.Start, new StartRequest { Container = name })), ("skerry start web", "start it again"));

    internal static Command Stop() => Of(
        "stop", "ask containers to end, then kill them",
        [Option.One("time", "SECONDS", "how long to wait before SIGKILL (default: the container's own)", 't')],
        static (i, name) =>
        {
            var request = new StopRequest { Container = name };
            if (i.Has("time"))
            {
                request.TimeoutSeconds = i.Parsed("time", Units.Seconds, 0u);
            }

            Print(i, name, i.Node.Call(NodeMethods.Stop, request));
        },
        ("skerry stop -t 30 web", "half a minute to end by itself"));

    internal static Command Kill() => Of(
        "kill", "send a signal to containers",
        [Option.One("signal", "SIGNAL", "a name or a number (default: SIGKILL)", 's', completes: Completes.Signal)],
        static (i, name) => Print(i, name, i.Node.Call(NodeMethods.Kill, new KillRequest { Container = name, Signal = i.Text("signal") ?? "" })),
        ("skerry kill -s HUP web", "let it read its configuration again"));

    internal static Command Remove() => Of(
        "rm", "remove containers that have ended",
        [Option.Flag("force", "kill those that run", 'f'), Option.Flag("volumes", "with their volumes that have no name", 'v')],
        static (i, name) => Print(i, name, i.Node.Call(
            NodeMethods.Remove, new RemovePodRequest { Container = name, Force = i.Flag("force"), Volumes = i.Flag("volumes") })),
        ("skerry rm -f web", "whatever it is doing"));

    internal static Command Pause() => Of("pause", "freeze containers", [], static (i, name) =>
        Print(i, name, i.Node.Call(NodeMethods.Pause, new PauseRequest { Container = name })), ("skerry pause web", "no thread of it runs until `skerry resume web`"));

    internal static Command Resume() => Of(
        "resume", "let frozen containers go on", [], static (i, name) =>
        Print(i, name, i.Node.Call(NodeMethods.Resume, new ResumeRequest { Container = name })), ("skerry resume web", "after `skerry pause web`"), "unpause");

    internal static Command Wait() => Of(
        "wait", "wait until containers have ended and print their exit codes", [], static (i, name) =>
        {
            var exit = i.Node.Call(NodeMethods.Wait, new WaitRequest { Container = name }).Exit ?? new Exit();
            i.Out.Line(exit.Code.ToString(System.Globalization.CultureInfo.InvariantCulture));
            i.Out.Flush();
        },
        ("skerry wait job", "then print its exit code"));

    internal static Command Update() => Of(
        "update", "change the limits of containers that run",
        [.. RunOptions.All.Where(static o => o.Name is "memory" or "memory-swap" or "cpus" or "cpu-shares" or "cpuset-cpus" or "pids"
            || o.Name.StartsWith("device-", StringComparison.Ordinal))],
        static (i, name) =>
        {
            var resources = ResourceText.Of(i);
            if (resources.Equals(new Resources()))
            {
                throw CliFailure.Usage("`skerry update` was given nothing to change", "for example: skerry update --memory 512Mi web");
            }

            Print(i, name, i.Node.Call(NodeMethods.Update, new UpdateRequest { Container = name, Resources = resources }));
        },
        ("skerry update --memory 512Mi --cpus 1 web", "more of both, without a restart"));

    internal static Command Port() => new("port", "list the published ports of a container")
    {
        Operands = "CONTAINER",
        MinOperands = 1,
        MaxOperands = 1,
        Completes = [Completes.Container],
        Options = [Listing.Format],
        Examples = [("skerry port web", "where it can be reached")],
        Run = static i =>
        {
            var pod = i.Node.Call(NodeMethods.Inspect, new InspectPodRequest { Container = i.Operands[0] }).Pod ?? new Pod();
            return Listing.PrintOne(
                i, PodTrees.Ports(pod.Ports), () => string.Concat(pod.Ports.Select(static p => $"{p.ContainerPort}/{p.Protocol} -> {(p.HostIp.Length == 0 ? "0.0.0.0" : p.HostIp)}:{p.HostPort}\n")), pod.Name);
        },
    };

    private static Command Of(
        string name, string summary, Option[] options, Action<Invocation, string> act, (string, string) example, params string[] aliases) => new(name, summary)
    {
        Aliases = aliases,
        Operands = Many,
        MinOperands = 1,
        MaxOperands = int.MaxValue,
        Completes = [Completes.Container],
        Options = options,
        Examples = [example],
        Run = invocation => Each.Of(invocation, act),
    };

    private static void Print<T>(Invocation invocation, string name, T answer)
    {
        _ = answer;
        invocation.Out.Line(Humanise.Safe(name));
    }
}
