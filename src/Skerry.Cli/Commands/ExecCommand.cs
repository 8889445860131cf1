using Skerry.Cli.Attaching;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Terminals;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;
using Skerry.Linux.Terminals;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry exec</c> and <c>skerry attach</c>: another process in a container, or the streams of its first.</summary>
internal static class ExecCommand
{
    internal static Command Exec() => new("exec", "run a command in a running container")
    {
        Operands = "CONTAINER COMMAND [ARGUMENT…]",
        MinOperands = 2,
        MaxOperands = int.MaxValue,
        StopsAtOperand = true,
        Completes = [Completes.Container, Completes.Nothing],
        Options =
        [
            Option.Flag("detach", "leave it in the background", 'd'),
            Option.Flag("tty", "give it a terminal", 't'),
            Option.Flag("interactive", "give it standard input", 'i'),
            Option.Many("env", "KEY[=VALUE]", "set a variable; KEY alone takes the value from here", 'e'),
            Option.Many("env-file", "FILE", "variables, one KEY=VALUE a line", completes: Completes.File),
            Option.One("workdir", "DIR", "start in this directory", 'w'),
            Option.One("user", "USER[:GROUP]", "run as this user", 'u'),
            Option.One("detach-keys", "KEYS", "the keys that leave it alone (ctrl-p,ctrl-q)"),
        ],
        Examples =
        [
            ("skerry exec -it web sh", "a shell in a running container"),
            ("skerry exec -i db psql < dump.sql", "data from a file"),
        ],
        Run = RunExec,
    };

    internal static Command Attach() => new("attach", "connect to the streams of a running container")
    {
        Operands = "CONTAINER",
        MinOperands = 1,
        MaxOperands = 1,
        Completes = [Completes.Container],
        Options =
        [
            Option.Flag("no-stdin", "only look"),
            Option.Flag("sig-proxy", "pass signals on to it when it has no terminal (on by default)"),
            Option.One("detach-keys", "KEYS", "the keys that leave it alone (ctrl-p,ctrl-q)"),
        ],
        Examples = [("skerry attach web", "until ctrl-p ctrl-q, or until it ends")],
        Run = RunAttach,
    };

    private static int RunExec(Invocation invocation)
    {
        var detach = invocation.Flag("detach");
        var options = new AttachOptions(invocation.Flag("interactive"), invocation.Flag("tty"), SignalProxy: true, invocation.Text("detach-keys"));
        if (!detach)
        {
            Attachment<ExecRequest, StreamResponse>.CheckTerminal(options);
        }

        var start = new ExecStart
        {
            Container = invocation.Operands[0],
            WorkingDir = invocation.Text("workdir") ?? "",
            User = invocation.Text("user") ?? "",
            Tty = options.Tty,
            Stdin = options.Stdin,
            Detach = detach,
        };
        start.Args.AddRange(invocation.Operands.Skip(1));
        start.Env.AddRange(EnvironmentText.Of(invocation));
        if (options.Tty && Attachment<ExecRequest, StreamResponse>.Size() is { } size)
        {
            start.Terminal = size;
        }

        using var call = invocation.Node.Open(NodeMethods.Exec);
        call.Send(new ExecRequest { Start = start }, last: detach);
        return Follow(invocation, call, AttachWords.Exec, options, detach);
    }

    private static int RunAttach(Invocation invocation)
    {
        // Whether it has a terminal and takes input is the container's own matter.
        var name = invocation.Operands[0];
        var inspected = invocation.Node.Call(NodeMethods.Inspect, new InspectPodRequest { Container = name });
        var spec = Named(inspected);
        var options = new AttachOptions(
            spec is { Stdin: true } && !invocation.Flag("no-stdin"),
            spec is { Tty: true },
            !invocation.Has("sig-proxy") || invocation.Flag("sig-proxy"),
            invocation.Text("detach-keys"));
        Attachment<AttachRequest, StreamResponse>.CheckTerminal(options);
        var start = new AttachStart { Container = name, Stdin = options.Stdin };
        if (options.Tty && Attachment<AttachRequest, StreamResponse>.Size() is { } size)
        {
            start.Terminal = size;
        }

        using var call = invocation.Node.Open(NodeMethods.Attach);
        call.Send(new AttachRequest { Start = start });
        return Follow(invocation, call, AttachWords.Attach, options, detach: false);
    }

    /// <summary>The specification of the container that was named: containers and their specifications stand in one order.</summary>
    private static ContainerSpec? Named(InspectPodResponse inspected)
    {
        if (inspected.Pod is not { Spec: { } spec } pod || spec.Containers.Count == 0)
        {
            return null;
        }

        var at = pod.Containers.ToList().FindIndex(c => c.Id == inspected.ContainerId);
        return spec.Containers[at >= 0 && at < spec.Containers.Count ? at : 0];
    }

    private static int Follow<TRequest>(
        Invocation invocation, NodeCall<TRequest, StreamResponse> call, AttachWords<TRequest> words, AttachOptions options, bool detach)
        where TRequest : Google.Protobuf.IMessage<TRequest>
    {
        using var attachment = new Attachment<TRequest, StreamResponse>(call, words, options);
        if (!detach)
        {
            attachment.TakeSignals();
        }

        var started = false;
        try
        {
            while (call.Receive() is { } word)
            {
                switch (word.WhatCase)
                {
                    case StreamResponse.WhatOneofCase.Started:
                        started = true;
                        if (!detach)
                        {
                            attachment.Begin();
                        }

                        break;
                    case StreamResponse.WhatOneofCase.Stdout:
                        attachment.Write(StandardStream.Out, word.Stdout);
                        break;
                    case StreamResponse.WhatOneofCase.Stderr:
                        attachment.Write(StandardStream.Error, word.Stderr);
                        break;
                    case StreamResponse.WhatOneofCase.Exit:
                        attachment.Dispose();
                        return Ending.Of(invocation.Context, call, word.Exit);
                }
            }
        }
        catch (NodeFailure) when (attachment.Detached)
        {
            return Ending.Detached(invocation.Context, attachment);
        }
        catch (OutputClosedException)
        {
            attachment.Dispose();
            throw new CliFailure("the reader of the output has gone; the command goes on", null, ExitCodes.OutputClosed);
        }

        return started && detach
            ? ExitCodes.Ok
            : throw new NodeFailure(NodeFailure.Internal, "the node ended the call before the command had ended");
    }
}
