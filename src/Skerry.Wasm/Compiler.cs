using Skerry.Linux.WebAssembly;

namespace Skerry.Wasm;

/// <summary>Compiles a module ahead of its runs. The module is a stranger's: this runs in a jail, and its output is good for that module alone.</summary>
internal static class Compiler
{
    /// <summary>Compiles a file and writes the code to standard output.</summary>
    internal static int Compile(string path, bool countsFuel)
    {
        using var engine = WasmEngine.Create(countsFuel);
        return Write(engine.Compile(File.ReadAllBytes(path)));
    }

    /// <summary>Turns text into a module and writes it to standard output.</summary>
    internal static int Assemble(string path) => Write(WasmEngine.Assemble(File.ReadAllBytes(path)));

    private static int Write(byte[] bytes)
    {
        using var output = Console.OpenStandardOutput();
        output.Write(bytes);
        output.Flush();
        return 0;
    }
}
