namespace Skerry.Linux.WebAssembly;

/// <summary>How a module ended.</summary>
/// <param name="ExitCode">What it exited with, 0 when it returned; null: it was stopped.</param>
/// <param name="Trap">Why it was stopped, with Wasmtime's backtrace; empty when it exited.</param>
public sealed record WasmEnd(int? ExitCode, string Trap);
