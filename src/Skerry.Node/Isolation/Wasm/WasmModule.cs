using Skerry.Linux.WebAssembly;

namespace Skerry.Node.Isolation.Wasm;

/// <summary>A module of an image, known by what its bytes are.</summary>
/// <param name="Digest">SHA-256 of the bytes, hexadecimal.</param>
/// <param name="Kind">Module or component.</param>
internal sealed record WasmModule(string Digest, WasmBinary Kind);
