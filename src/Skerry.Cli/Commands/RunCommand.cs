using Skerry.Cli.Attaching;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Terminals;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;
using Skerry.Linux.Terminals;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry run</c>: a pod of one container, attached until it ends or left in the background.</summary>
internal static class RunCommand
{
    internal static Command Table() => new("run", "start a container")
    {
        Operands = "IMAGE [COMMAND [ARGUMENT…]]",
        MinOperands = 1,
        MaxOperands = int.MaxValue,
        StopsAtOperand = true,
        Completes = [Completes.Image, Completes.Nothing],
        Options = RunOptions.All,
        Notes = """
            Sizes: bytes, or Kubernetes' Ki Mi Gi (powers of 1024) and M G (powers of 1000), or docker's k m g (powers of 1024).
            Exit codes: the container's own; 128 + n when signal n ended it; 125 when Skerry could not start it, 126 when the
            command cannot be invoked, 127 when it is not in the image.
            """,
        Examples =
        [
            ("skerry run --rm -it docker.io/library/debian:12 bash", "a shell in a throw-away container"),
            ("skerry run -d --name web -p 8080:80 --memory 256Mi --cpus 500m --restart always nginx:1.27", "a server with limits, started again when it ends"),
            ("skerry run --dry-run --min-tier sandbox nginx:1.27", "the tier that it would get, and what was set aside and why"),
            ("tar c src | skerry run --rm -i --network none --read-only builder:1 tar t", "data through a container that can reach nothing"),
        ],
        Run = Run,
    };

    private static int Run(Invocation invocation)
    {
        if (invocation.Flag("dry-run"))
        {
            return TierPlan.Show(invocation, RunSpec.Of(invocation));
        }

        var detach = invocation.Flag("detach");
        var options = new AttachOptions(
            invocation.Flag("interactive"), invocation.Flag("tty"), Sig(invocation), invocation.Text("detach-keys"));
        if (!detach)
        {
            Attachment<RunRequest, RunResponse>.CheckTerminal(options);
        }

        var start = new RunStart { Pod = RunSpec.Of(invocation), Attach = !detach };
        if (options.Tty && Attachment<RunRequest, RunResponse>.Size() is { } size)
        {
            start.Terminal = size;
        }

        using var cidFile = CidFile.Open(invocation);
        RunStarted? started = null;
        try
        {
            using var call = invocation.Node.Open(NodeMethods.Run);
            call.Send(new RunRequest { Start = start }, last: detach);
            return Follow(invocation, call, options, detach, cidFile, ref started);
        }
        catch (NodeFailure e)
        {
            throw new CliFailure(
                started is null ? e.Message : $"lost sight of {started.PodName}: {e.Message}",
                started is null ? e.Next : $"it may go on: skerry ps, skerry attach {started.PodName}",
                e.ExitCode ?? ExitCodes.NotStarted,
                e);
        }
        catch (CliFailure e) when (e.ExitCode == ExitCodes.Failed)
        {
            throw new CliFailure(e.Message, e.Next, ExitCodes.NotStarted, e);
        }
    }

    private static bool Sig(Invocation invocation) => !invocation.Has("sig-proxy") || invocation.Flag("sig-proxy");

    private static int Follow(
        Invocation invocation, NodeCall<RunRequest, RunResponse> call, AttachOptions options, bool detach, CidFile? cidFile, ref RunStarted? started)
    {
        using var attachment = new Attachment<RunRequest, RunResponse>(call, AttachWords.Run, options);
        if (!detach)
        {
            attachment.TakeSignals();
        }

        var progress = new ProgressView(invocation.Context.Error, invocation.Context.Time, invocation.Flag("quiet"));
        try
        {
            while (call.Receive() is { } word)
            {
                switch (word.WhatCase)
                {
                    case RunResponse.WhatOneofCase.Progress:
                        progress.Show(word.Progress);
                        break;
                    case RunResponse.WhatOneofCase.Started:
                        progress.Finish();
                        started = word.Started;
                        cidFile?.Write(started.ContainerId);
                        if (detach)
                        {
                            invocation.Out.Line(started.ContainerId);
                        }
                        else
                        {
                            attachment.Begin();
                        }

                        break;
                    case RunResponse.WhatOneofCase.Stdout:
                        attachment.Write(StandardStream.Out, word.Stdout);
                        break;
                    case RunResponse.WhatOneofCase.Stderr:
                        attachment.Write(StandardStream.Error, word.Stderr);
                        break;
                    case RunResponse.WhatOneofCase.Exit:
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
            throw new CliFailure(
                $"the reader of the output has gone; {started?.PodName} goes on", $"skerry attach {started?.PodName}, or skerry stop {started?.PodName}", ExitCodes.OutputClosed);
        }

        return started is not null && detach
            ? ExitCodes.Ok
            : throw new NodeFailure(NodeFailure.Internal, "the node ended the call before the container had ended");
    }
}
