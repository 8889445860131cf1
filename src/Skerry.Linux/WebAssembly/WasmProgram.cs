namespace Skerry.Linux.WebAssembly;

/// <summary>A compiled module and all that it gets; what is not named here it does not get. Standard streams are those of this process.</summary>
public sealed record WasmProgram
{
    /// <summary>File that <see cref="WasmEngine.Compile"/> wrote. It is executed as it is: whoever can write it is trusted.</summary>
    public required string Path { get; init; }

    /// <summary>Module or component.</summary>
    public required WasmBinary Kind { get; init; }

    /// <summary>Arguments, its own name first.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>NAME=VALUE.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>Directories.</summary>
    public IReadOnlyList<WasmDirectory> Directories { get; init; } = [];

    /// <summary>Bytes to which each of its memories may grow; null: as far as its type says.</summary>
    public long? MemoryLimit { get; init; }

    /// <summary>Steps that it may take, about one an instruction; null: not counted. The engine must count.</summary>
    public ulong? Fuel { get; init; }

    /// <summary>It may use the network of this process: addresses and names.</summary>
    public bool HasSockets { get; init; }
}
