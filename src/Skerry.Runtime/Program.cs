using Skerry.Linux;
using Skerry.Runtime;
using Skerry.Runtime.CommandLine;
using Skerry.Runtime.Output;

// The border: every failure ends here as one line on standard error, an entry in --log, and exit code 1.
Invocation? invocation = null;
try
{
    invocation = Invocation.Parse(args);
    return Front.Run(invocation);
}
catch (Exception error) when (error is RefusedException or LinuxException or IOException or UnauthorizedAccessException)
{
    var global = invocation?.Global ?? [];
    new Report(global.GetValueOrDefault("log"), global.GetValueOrDefault("log-format") == "json")
        .Refused(invocation?.Command ?? "", invocation?.Id, error.Message);
    return 1;
}
