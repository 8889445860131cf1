using Skerry.Linux.WebAssembly;

namespace Skerry.Linux.Tests.WebAssembly;

public sealed class WasmPreambleTests
{
    [Theory]
    [InlineData("0061736d01000000", WasmBinary.Module)]
    [InlineData("0061736d0100000000", WasmBinary.Module)]
    [InlineData("0061736d0d000100", WasmBinary.Component)]
    [InlineData("0061736d0d000100ff", WasmBinary.Component)]
    [InlineData("0061736d0a000100", WasmBinary.None)] // a component of a draft
    [InlineData("0061736d02000000", WasmBinary.None)]
    [InlineData("0061736d010000", WasmBinary.None)]
    [InlineData("7f454c4602010100", WasmBinary.None)]
    [InlineData("286d6f64756c6529", WasmBinary.None)] // (module), as text
    [InlineData("", WasmBinary.None)]
    public void A_binary_is_told_by_its_first_eight_bytes(string start, WasmBinary expected) =>
        Assert.Equal(expected, WasmPreamble.Read(Convert.FromHexString(start)));
}
