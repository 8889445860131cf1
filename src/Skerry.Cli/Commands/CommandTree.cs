using Skerry.Cli.CommandLine;

namespace Skerry.Cli.Commands;

/// <summary>The whole command line.</summary>
internal static class CommandTree
{
    internal static Command Root() => new("skerry", "containers that need not be trusted, on machines that cannot be guarded")
    {
        Options = [Option.Flag("version", "print the version of this program")],
        Children =
        [
            RunCommand.Table(),
            ExecCommand.Exec(),
            ExecCommand.Attach(),
            PsCommand.Table(),
            LogsCommand.Logs(),
            InspectCommand.Table(),
            StatsCommand.Table(),
            LogsCommand.Events(),
            CopyCommand.Table(),
            LifeCommands.Start(),
            LifeCommands.Stop(),
            LifeCommands.Kill(),
            LifeCommands.Remove(),
            LifeCommands.Pause(),
            LifeCommands.Resume(),
            LifeCommands.Wait(),
            LifeCommands.Update(),
            LifeCommands.Port(),
            ImageCommands.Table(),
            ImageCommands.PullAlias(),
            NodeCommands.Node(),
            NodeCommands.Doctor(),
            GuardCommands.Table(),
            OciCommand.Table(),
            CompletionCommand.Table(),
            CompletionCommand.Complete(),
            NodeCommands.Version(),
            .. LaterCommands.All(),
        ],
    };
}
