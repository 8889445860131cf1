using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Wasm;

/// <summary>Modules that want more than they get, and code that is not what was compiled.</summary>
public sealed class WasmHostileTests(WasmFixture fixture) : IClassFixture<WasmFixture>
{
    private const int Trapped = 134;
    private readonly TestNode _node = fixture.Node;

    [Fact]
    [Trait("Promise", "P-60")]
    public async Task Memory_ends_at_the_limit_and_tables_and_stacks_at_theirs()
    {
        WasmFixture.Need();
        var bomb = await _node.Cli("run", "--rm", "--tier", "wasm", "--memory", "48Mi", await WasmFixture.Image(WasmTexts.Bomb));
        Assert.Equal(47, bomb.Code); // one page was there before the first mebibyte
        Assert.Equal(9, (await Run(WasmTexts.Table)).Code);
        Assert.Contains("call stack exhausted", (await Run(WasmTexts.Recurse)).Failed(Trapped), StringComparison.Ordinal);
        Assert.Contains("divide by zero", (await Run(WasmTexts.Trap)).Failed(Trapped), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_loop_ends_when_its_fuel_does_and_one_before_the_beginning_is_stopped()
    {
        WasmFixture.Need();
        var loop = await WasmFixture.Image(WasmTexts.Loop);
        Assert.Contains("all fuel consumed", (await _node.Cli("run", "--rm", "--tier", "wasm", "--annotation", "skerry.io/wasm.fuel=1000000", loop)).Failed(Trapped), StringComparison.Ordinal);
        Assert.Contains("digits only", (await _node.Cli("run", "--rm", "--tier", "wasm", "--annotation", "skerry.io/wasm.fuel=1;rm", loop)).Failed(125), StringComparison.Ordinal);

        // Where the node picks the tier, too, it is told what would help.
        Assert.Contains("next: wasm: give a number of steps", (await _node.Cli("run", "--rm", "--annotation", "skerry.io/wasm.fuel=0", loop)).Failed(125), StringComparison.Ordinal);
        _ = (await _node.Cli("run", "-d", "--name", "h1", "--tier", "wasm", await WasmFixture.Image(WasmTexts.StartLoop))).Ok;
        _ = (await _node.Cli("stop", "-t", "20", "h1")).Ok;
        Assert.Equal(143, (await _node.Inspect("h1")).ExitCode);
        _ = (await _node.Cli("rm", "h1")).Ok;
    }

    [Fact]
    public async Task A_malformed_module_is_told_by_the_compiler_and_leaves_nothing()
    {
        WasmFixture.Need();
        var whole = await WasmFixture.Assemble(WasmTexts.Cat);
        foreach (var cut in (byte[][])[whole[..9], whole[..(whole.Length / 2)], [.. whole[..8], .. Enumerable.Repeat((byte)0xff, 64)], [.. whole, 0x01]])
        {
            Assert.Contains("compile module", (await _node.Cli("run", "--rm", "--tier", "wasm", await WasmFixture.Push(cut))).Failed(126), StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFiles(Path.Combine(_node.Root, "wasm"), "*.new"));
        Assert.Empty(Directory.GetDirectories(Path.Combine(_node.Run, "wasm"), "compile-*"));
    }

    [Fact]
    [Trait("Promise", "P-62")]
    public async Task Code_that_was_changed_is_compiled_again_and_never_executed()
    {
        WasmFixture.Need();
        await using var node = await WasmFixture.StartAsync();
        var seven = await WasmFixture.Image(WasmTexts.ExitByLength);
        var nothing = await WasmFixture.Image(WasmTexts.True);
        Task<Said> Run(string image) => node.Cli("run", "--rm", "--tier", "wasm", image, "seven77");
        Assert.Equal(7, (await Run(seven)).Code);
        var code = Assert.Single(Directory.GetFiles(Path.Combine(node.Root, "wasm"), "*.code"));
        var seal = Path.ChangeExtension(code, ".code.seal");
        var good = await File.ReadAllBytesAsync(code, TestContext.Current.CancellationToken);
        Assert.Equal(0, (await Run(nothing)).Code);
        var other = Directory.GetFiles(Path.Combine(node.Root, "wasm"), "*.code").Single(f => f != code);

        // Another module's code in its place, with and without that module's seal; a bit; a seal that is gone, or rewritten.
        Action[] attacks =
        [
            () => File.Copy(other, code, overwrite: true),
            () => { File.Copy(other, code, overwrite: true); File.Copy(other + ".seal", seal, overwrite: true); },
            () => { var bytes = good.ToArray(); bytes[bytes.Length / 2] ^= 1; File.WriteAllBytes(code, bytes); },
            () => File.Delete(seal),
            () => File.WriteAllText(seal, File.ReadAllText(seal).Replace('a', 'b')),
            () => File.WriteAllBytes(code, good[..^1]),
        ];
        foreach (var attack in attacks)
        {
            attack();
            Assert.Equal(7, (await Run(seven)).Code);
            Assert.Equal(good, await File.ReadAllBytesAsync(code, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    [Trait("Promise", "P-60")]
    public async Task A_module_runs_on_when_the_daemon_is_killed_and_is_adopted()
    {
        WasmFixture.Need();
        await using var node = await WasmFixture.StartAsync();
        _ = (await node.Cli("run", "-d", "--name", "k1", "--tier", "wasm", "--restart", "always", await WasmFixture.Image(WasmTexts.Wait))).Ok;
        await Running.Until(async () => (await node.Cli("logs", "k1")).Out == "up\n", () => "the module is not up");
        var before = await node.Inspect("k1");
        node.Kill9();
        Assert.True(File.Exists($"/proc/{before.Pid}/stat"), "the module ended with the daemon");
        await node.StartAgain();
        var after = await node.Inspect("k1");
        Assert.Equal((ContainerState.Running, before.Pid), (after.State, after.Pid));
        _ = await Running.Shell($"kill -KILL {before.Pid}");
        Assert.Equal(1u, (await node.UntilState("k1", ContainerState.Running, c => c.Pid != before.Pid)).Restarts);
        _ = (await node.Cli("rm", "-f", "k1")).Ok;
    }

    private async Task<Said> Run(string text) => await _node.Cli("run", "--rm", "--tier", "wasm", await WasmFixture.Image(text));
}
