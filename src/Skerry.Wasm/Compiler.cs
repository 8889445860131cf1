using Skerry.Linux.WebAssembly;

namespace Skerry.Wasm;

/// <summary>Compiles a module ahead of its runs. The module is a stranger's: this runs in a jail, and its output is good for that module alone.</summary>
internal static class Compiler
{
    /// <summary>Compiles what standard input holds and writes the code to standard output.</summary>
    internal static int Compile(bool countsFuel)
    {
        using var engine = WasmEngine.Create(countsFuel);
        return Write(engine.Compile(Read()));
    }

    /// <summary>Turns text into a module.</summary>
    internal static int Assemble() => Write(WasmEngine.Assemble(Read()));

    private static byte[] Read()
    {
        using var input = Console.OpenStandardInput();
        using var bytes = new MemoryStream();
        input.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static int Write(byte[] bytes)
    {
        using var output = Console.OpenStandardOutput();
        output.Write(bytes);
        output.Flush();
        return 0;
    }
}
