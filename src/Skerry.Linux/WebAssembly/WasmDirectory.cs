namespace Skerry.Linux.WebAssembly;

/// <summary>A directory that a module may use, and nothing above it.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Name">The name under which the module knows it.</param>
/// <param name="IsWritable">False: what would change it is refused.</param>
public sealed record WasmDirectory(string Path, string Name, bool IsWritable);
