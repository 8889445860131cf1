namespace Skerry.Node.Isolation.Wasm;

/// <summary>What the configuration and the node's start say of the tier.</summary>
internal sealed record WasmTierOptions
{
    /// <summary>Absolute path of skerry-wasm, beside which libwasmtime.so is; null: it is not installed.</summary>
    public required string? Program { get; init; }

    /// <summary>Modules of pods with a network may use it.</summary>
    public bool AllowsSockets { get; init; }

    /// <summary>What code depends on beside module and compiler: features of the processor.</summary>
    public required string Processor { get; init; }
}
