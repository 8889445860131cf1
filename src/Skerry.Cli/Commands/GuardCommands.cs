using Skerry.Cli.CommandLine;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry guard</c>: what the node sees of its containers, and the rules by which it judges that.</summary>
internal static class GuardCommands
{
    internal static Command Table() => new("guard", "rules over what containers do")
    {
        Children =
        [
            GuardRules.Table(),
            GuardReplay.Table(),
            GuardExplain.Table(),
            GuardRecord.Table(),
            GuardAlertsCommand.Table(),
            GuardEventsCommand.Table(),
            GuardStatusCommand.Table(),
            GuardReloadCommand.Table(),
            GuardQuarantine.Table(),
            GuardQuarantine.Release(),
            GuardCaptures.Table(),
            GuardMaintenance.Table(),
        ],
    };
}
