using Skerry.Cli.CommandLine;

namespace Skerry.Cli.Commands;

/// <summary>The names that are kept for what is to come: they fail plainly, and help does not show them.</summary>
internal static class LaterCommands
{
    internal static IEnumerable<Command> All() =>
        new[] { "apply", "delete", "get", "describe", "trust", "policy", "audit", "network", "mesh", "device", "store" }.Select(static name => new Command(name, "not in this version")
        {
            Hidden = true,
            PassesAll = true,
            Run = static i => throw new CliFailure($"`{i.Path}` is not in this version; nothing was done", "see `skerry --help` for what is"),
        });
}
