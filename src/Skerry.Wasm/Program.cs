using Skerry.Linux;
using Skerry.Linux.WebAssembly;
using Skerry.Wasm;

// The border: every failure ends here as one line on standard error. 125: it never began, as docker's.
const int Refused = 125;
try
{
    return args switch
    {
        ["run", .. var rest] => Carrier.Run(RunArguments.Parse(rest)),
        ["compile"] => Compiler.Compile(countsFuel: false),
        ["compile", "--fuel"] => Compiler.Compile(countsFuel: true),
        ["assemble"] => Compiler.Assemble(),
        ["--version"] => Say($"skerry-wasm {typeof(RunArguments).Assembly.GetName().Version?.ToString(3)}"),
        ["--help" or "-h"] => Say(RunArguments.Help),
        _ => throw new UsageException("the command is none of run, compile, assemble"),
    };
}
catch (UsageException error)
{
    Console.Error.WriteLine($"skerry-wasm: {error.Message}\n\n{RunArguments.Help}");
    return 2;
}
catch (Exception error) when (error is WasmException or LinuxException or IOException or UnauthorizedAccessException or OverflowException)
{
    Console.Error.WriteLine($"skerry-wasm: {error.Message}");
    return Refused;
}

static int Say(string text)
{
    Console.WriteLine(text);
    return 0;
}
