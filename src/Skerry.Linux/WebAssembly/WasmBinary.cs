namespace Skerry.Linux.WebAssembly;

/// <summary>What a WebAssembly binary is, by its first eight bytes (core specification, section 5.5.16; component model, Binary.md).</summary>
public enum WasmBinary
{
    /// <summary>No WebAssembly, or a version that is not known.</summary>
    None,

    /// <summary>A core module, version 1.</summary>
    Module,

    /// <summary>A component, version 0xd of layer 1.</summary>
    Component,
}
