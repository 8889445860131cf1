using System.Text;
using Skerry.Node.Isolation.Wasm;

namespace Skerry.Node.Tests.Isolation.Wasm;

public sealed class WasmSealTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(static n => (byte)n)];
    private static readonly WasmSeal Seal = new(new string('a', 64), new string('b', 64), 4711);

    [Fact]
    public void A_seal_is_read_as_it_was_written() => Assert.Equal(Seal, WasmSeal.Read(Seal.Write(Key), Seal.Name, Key));

    [Fact]
    [Trait("Promise", "P-62")]
    public void A_seal_of_another_key_another_entry_or_with_any_byte_changed_is_none()
    {
        var written = Seal.Write(Key);
        Assert.Null(WasmSeal.Read(written, Seal.Name, new byte[32]));
        Assert.Null(WasmSeal.Read(written, new string('c', 64), Key));
        for (var at = 0; at < written.Length; at++)
        {
            var changed = written.ToArray();
            changed[at] ^= 1;
            Assert.Null(WasmSeal.Read(changed, Seal.Name, Key));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n\n\n\n")]
    [InlineData("skerry-wasm-seal-1\n")]
    [InlineData("skerry-wasm-seal-1\nname\ncode\n-1\n0\n")]
    public void What_is_no_seal_is_none(string text)
    {
        Assert.Null(WasmSeal.Read(Encoding.UTF8.GetBytes(text), "name", Key));
        Assert.Null(WasmSeal.Read([.. Seal.Write(Key), (byte)'\n'], Seal.Name, Key));
        Assert.Null(WasmSeal.Read(new byte[WasmSeal.MaxBytes + 1], Seal.Name, Key));
        Assert.Null(WasmSeal.Read([0xff, 0xfe], Seal.Name, Key));
    }
}
