using System.Globalization;
using Skerry.Linux.WebAssembly;

namespace Skerry.Wasm;

/// <summary>
/// What a module gets, as the node wrote it on the command line. Not in this process' own environment: what an image says must not reach
/// the program loader or the .NET runtime (LD_PRELOAD, DOTNET_*).
/// </summary>
internal static class RunArguments
{
    internal const string Help = """
        Usage: skerry-wasm run [OPTIONS] CODE -- NAME [ARGUMENT...]    runs code that compile wrote
               skerry-wasm compile [--fuel] < MODULE > CODE           compiles a module or component
               skerry-wasm assemble < TEXT > MODULE                   turns the text format into a module or component

          --component        CODE is a component (WASI preview 2), not a module (preview 1)
          --env NAME=VALUE   a variable of the environment
          --dir PATH=NAME    a directory, by the name NAME; --dir-ro: only to read
          --memory BYTES     the most that each of its memories may have
          --fuel STEPS       the most that it may do; CODE was compiled with --fuel
          --sockets          it may use the network
        """;

    /// <summary>Reads the arguments after <c>run</c>.</summary>
    /// <exception cref="UsageException">They are not as <see cref="Help"/> says.</exception>
    internal static WasmProgram Parse(ReadOnlySpan<string> arguments)
    {
        List<string> environment = [];
        List<WasmDirectory> directories = [];
        var program = new WasmProgram { Path = string.Empty, Kind = WasmBinary.Module };
        for (var at = 0; at < arguments.Length; at++)
        {
            var word = arguments[at];
            switch (word)
            {
                case "--component":
                    program = program with { Kind = WasmBinary.Component };
                    break;
                case "--sockets":
                    program = program with { HasSockets = true };
                    break;
                case "--env":
                    environment.Add(Pair(Value(arguments, ref at), word));
                    break;
                case "--dir" or "--dir-ro":
                    var pair = Pair(Value(arguments, ref at), word);
                    var split = pair.IndexOf('=', StringComparison.Ordinal);
                    directories.Add(new WasmDirectory(pair[..split], pair[(split + 1)..], word == "--dir"));
                    break;
                case "--memory":
                    program = program with { MemoryLimit = (long)Number(Value(arguments, ref at), word, long.MaxValue) };
                    break;
                case "--fuel":
                    program = program with { Fuel = Number(Value(arguments, ref at), word, ulong.MaxValue) };
                    break;
                case "--" when program.Path.Length > 0 && at + 1 < arguments.Length:
                    return program with { Arguments = [.. arguments[(at + 1)..]], Environment = environment, Directories = directories };
                default:
                    program = program.Path.Length == 0 && !word.StartsWith('-') ? program with { Path = word } : throw new UsageException($"'{word}' has no place here");
                    break;
            }
        }

        throw new UsageException("CODE -- NAME is missing");
    }

    private static string Value(ReadOnlySpan<string> arguments, ref int at) =>
        at + 1 < arguments.Length ? arguments[++at] : throw new UsageException($"{arguments[at]} needs a value");

    private static string Pair(string text, string option) =>
        text.IndexOf('=', StringComparison.Ordinal) > 0 ? text : throw new UsageException($"{option} {text}: has no '='");

    private static ulong Number(string text, string option, ulong most) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most ? number
            : throw new UsageException($"{option} {text}: no number of at most {most}");
}
