using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Terminals;
using Skerry.Cli.Wire;
using Skerry.Guard.Audit;
using Skerry.Linux;

namespace Skerry.Cli.Commands;

/// <summary>From the arguments to the exit code. The only place that turns failures into words.</summary>
internal static class EntryPoint
{
    internal static int Run(string[] arguments)
    {
        var context = new CliContext();
        try
        {
            if (Path.GetFileName(Environment.GetCommandLineArgs()[0]) == OciCommand.RuntimeName)
            {
                return OciCommand.Become(arguments);
            }

            var code = Dispatch(CommandTree.Root(), arguments, context);
            context.Error.Flush();
            context.Out.Flush();
            return code;
        }
        catch (OutputClosedException)
        {
            return ExitCodes.OutputClosed;
        }
        catch (Exception e)
        {
            return Fail(context, e);
        }
    }

    private static int Dispatch(Command root, string[] arguments, CliContext context)
    {
        // As people type it elsewhere: help, help run.
        var invocation = Parser.Parse(root, arguments is ["help", .. var asked] ? [.. asked, "--help"] : arguments, context);
        if (invocation.Flag("help"))
        {
            context.Out.Write(invocation.Command == root ? Help.Short(root) : Help.Full(invocation.Command, invocation.Path));
            return ExitCodes.Ok;
        }

        if (invocation.Command.Run is { } run)
        {
            return run(invocation);
        }

        if (invocation.Command == root && invocation.Flag("version"))
        {
            context.Out.Line($"skerry {NodeCommands.Client}");
            return ExitCodes.Ok;
        }

        if (invocation.Command == root)
        {
            context.Out.Write(Help.Short(root));
            return ExitCodes.Ok;
        }

        context.Error.Write(Help.Full(invocation.Command, invocation.Path));
        return ExitCodes.Usage;
    }

    /// <summary>A message of several lines stays one: each has a mark before it, so that none can pass for another message, or for what to do.</summary>
    internal static string Lines(string message) => string.Join("\n  | ", message.TrimEnd('\n').Split('\n').Select(Humanise.Safe));

    private static int Fail(CliContext context, Exception e)
    {
        var (message, next, code) = e switch
        {
            CliFailure failure => (failure.Message, failure.Next, failure.ExitCode),
            NodeFailure failure => (failure.Message, failure.Next, failure.ExitCode ?? ExitCodes.Failed),
            LinuxException or IOException or UnauthorizedAccessException or AuditFormatException => (e.Message, null, ExitCodes.Failed),
            _ => ($"a defect in skerry itself: {e}", "please report it with the command line that was used", ExitCodes.Failed),
        };
        try
        {
            context.Out.Flush();
        }
        catch (Exception closed) when (closed is OutputClosedException or LinuxException)
        {
            code = code == ExitCodes.Ok ? ExitCodes.OutputClosed : code;
        }

        try
        {
            context.Error.Line("skerry: " + Lines(message));
            if (!string.IsNullOrEmpty(next))
            {
                context.Error.Line($"  next: {Humanise.Safe(next)}");
            }

            context.Error.Flush();
        }
        catch (Exception closed) when (closed is OutputClosedException or LinuxException)
        {
            // Nobody is left to tell; the exit code still says it.
        }

        return code;
    }
}
