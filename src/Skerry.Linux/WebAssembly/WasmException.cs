namespace Skerry.Linux.WebAssembly;

/// <summary>A module that could not be compiled, loaded, linked or given what it was to have; the message is Wasmtime's.</summary>
public sealed class WasmException(string message) : IOException(message);
