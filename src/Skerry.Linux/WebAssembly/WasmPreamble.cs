namespace Skerry.Linux.WebAssembly;

/// <summary>Tells modules and components apart without looking beyond the preamble.</summary>
public static class WasmPreamble
{
    /// <summary>Bytes to give to <see cref="Read"/>.</summary>
    public const int Length = 8;

    private static ReadOnlySpan<byte> Module => [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

    private static ReadOnlySpan<byte> Component => [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];

    /// <summary>What begins with these bytes; fewer than <see cref="Length"/> are nothing.</summary>
    public static WasmBinary Read(ReadOnlySpan<byte> start) =>
        start.StartsWith(Module) ? WasmBinary.Module : start.StartsWith(Component) ? WasmBinary.Component : WasmBinary.None;
}
