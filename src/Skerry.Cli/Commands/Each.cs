using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;

namespace Skerry.Cli.Commands;

/// <summary>One act on each operand: a failure is told and does not keep the others from their turn.</summary>
internal static class Each
{
    internal static int Of(Invocation invocation, Action<Invocation, string> act)
    {
        var code = ExitCodes.Ok;
        foreach (var name in invocation.Operands)
        {
            try
            {
                act(invocation, name);
            }
            catch (NodeFailure e)
            {
                invocation.Context.Error.Line($"skerry: {Humanise.Safe(e.Message)}");
                if (!string.IsNullOrEmpty(e.Next))
                {
                    invocation.Context.Error.Line($"  next: {Humanise.Safe(e.Next)}");
                }

                code = ExitCodes.Failed;
            }
        }

        return code;
    }
}
