using Google.Protobuf;
using Skerry.Cli.Attaching;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary>How run, exec and attach end: the container's exit code, and a word where that alone would not be understood.</summary>
internal static class Ending
{
    /// <summary>Ends the call in good order: the node may still be tidying up, and `run --rm` returns when that is done.</summary>
    internal static int Of<TRequest, TResponse>(CliContext context, NodeCall<TRequest, TResponse> call, Exit exit)
        where TRequest : IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        call.CompleteSending();
        try
        {
            while (call.Receive() is not null)
            {
            }
        }
        catch (NodeFailure e)
        {
            context.Error.Line($"skerry: the container has ended, but not all is in order: {Humanise.Safe(e.Message)}");
        }

        if (exit.OomKilled)
        {
            context.Error.Line("skerry: the container was killed: it used more memory than its limit");
            context.Error.Line("  next: give it more with --memory, or skerry update --memory");
        }
        else if (exit.Reason.Length > 0 && exit.Code is >= ExitCodes.NotStarted and <= ExitCodes.NotFound)
        {
            context.Error.Line($"skerry: {Humanise.Safe(exit.Reason)}");
        }

        return exit.Code;
    }

    internal static int Detached(CliContext context, IDisposable attachment)
    {
        attachment.Dispose(); // the terminal is a terminal again before anything is printed
        context.Error.Line("");
        context.Error.Line("skerry: detached; the container goes on");
        return ExitCodes.Ok;
    }
}
