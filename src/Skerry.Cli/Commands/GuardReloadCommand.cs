using System.Globalization;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry guard reload</c>.</summary>
internal static class GuardReloadCommand
{
    internal static Command Table() => new("reload", "load the rules of the node anew; where they are refused the old ones stay")
    {
        Examples = [("skerry guard reload", "after a file below /etc/skerry/rules was changed")],
        Run = static i =>
        {
            var loaded = i.Node.Call(NodeMethods.ReloadRules, new ReloadRulesRequest());
            foreach (var warning in loaded.Warnings)
            {
                i.Context.Error.Write(Humanise.Safe(warning) + "\n");
            }

            i.Out.Line(Humanise.Safe(string.Create(CultureInfo.InvariantCulture, $"{loaded.Rules} rules of {string.Join(", ", loaded.Files)}")));
            return ExitCodes.Ok;
        },
    };
}
