using Skerry.Linux;
using Skerry.Runtime.CommandLine;
using Skerry.Runtime.Output;

namespace Skerry.Runtime;

/// <summary>The border: every failure ends here as one line on standard error, an entry in --log, and exit code 1.</summary>
internal static class EntryPoint
{
    /// <summary>Takes the arguments apart and has the call done.</summary>
    /// <returns>The exit code.</returns>
    internal static int Run(string[] arguments, Func<Invocation, int> front)
    {
        Invocation? invocation = null;
        try
        {
            invocation = Invocation.Parse(arguments);
            return front(invocation);
        }
        catch (Exception error)
        {
            var isExpected = error is RefusedException or LinuxException or IOException or UnauthorizedAccessException;
            var global = invocation?.Global ?? [];
            new Report(global.GetValueOrDefault("log"), global.GetValueOrDefault("log-format") == "json")
                .Refused(invocation?.Command ?? "", invocation?.Id, isExpected ? error.Message : $"a defect in skerry-runtime itself: {error}");
            return 1;
        }
    }
}
