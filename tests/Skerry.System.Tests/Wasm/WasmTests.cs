using System.Diagnostics;
using Skerry.Contracts.Node.V1;
using Skerry.Oci;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Wasm;

/// <summary>The wasm tier by the real command line: modules behave as containers do.</summary>
public sealed class WasmTests(WasmFixture fixture) : IClassFixture<WasmFixture>
{
    private readonly TestNode _node = fixture.Node;

    [Fact]
    [Trait("Promise", "P-60")]
    public async Task The_exit_code_is_the_modules()
    {
        WasmFixture.Need();
        var image = await WasmFixture.Image(WasmTexts.ExitByLength);
        foreach (var length in (int[])[0, 1, 42])
        {
            Assert.Equal(length, (await Run(image, new string('x', length))).Code);
        }
    }

    [Fact]
    [Trait("Promise", "P-60")]
    public async Task Arguments_and_environment_are_those_of_image_and_request_and_never_the_carriers_own()
    {
        WasmFixture.Need();
        var image = await Pulled(WasmTexts.Tell);
        var said = await _node.Cli("run", "--rm", "--tier", "wasm", "--hostname", "box", "-e", "A=b c", "-e", "DOTNET_gcServer=1", image, "one", "two words");
        var told = said.Ok.Split('\0');
        Assert.Equal(["/app/main.wasm", "one", "two words"], told[..3]);
        Assert.Contains("A=b c", told);
        Assert.Contains("FROM_IMAGE=yes", told);
        Assert.Contains("HOSTNAME=box", told);

        // The loader of the carrier would have said that there is no such library.
        Assert.Contains("LD_PRELOAD=/data/evil.so", told);
        Assert.Empty(said.Error);
    }

    [Fact]
    public async Task Standard_input_output_and_error_are_the_callers()
    {
        WasmFixture.Need();
        var image = await Pulled(WasmTexts.Cat);
        var said = await _node.CliWith("to the module\n", "run", "--rm", "-i", "--tier", "wasm", image);
        Assert.Equal(("to the module\n", "end\n"), (said.Ok, said.Error));
    }

    [Fact]
    [Trait("Promise", "P-60")]
    public async Task A_module_sees_its_volumes_writes_to_those_it_may_and_nothing_else()
    {
        WasmFixture.Need();
        const int NotPermitted = 63; // errno perm, wasi_snapshot_preview1
        var data = Directory.CreateDirectory(Path.Combine(_node.Home, "data")).FullName;
        File.SetUnixFileMode(data, (UnixFileMode)0x1FF);
        await File.WriteAllTextAsync(Path.Combine(data, "there"), "x", TestContext.Current.CancellationToken);
        var secret = Path.Combine(_node.Home, "secret");
        await File.WriteAllTextAsync(secret, "x", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(Path.Combine(data, "out"), secret);
        File.CreateSymbolicLink(Path.Combine(data, "host"), "/module");

        async Task<int> Open(string path, bool writes, string volume) => (await _node.Cli(
            "run", "--rm", "--tier", "wasm", "-v", data + volume, await WasmFixture.Image(WasmTexts.Open(path, writes)))).Code;

        Assert.Equal(0, await Open("there", false, ":/data"));
        Assert.Equal(0, await Open("made", true, ":/data"));
        Assert.Equal("written by a module\n", await File.ReadAllTextAsync(Path.Combine(data, "made"), TestContext.Current.CancellationToken));
        Assert.NotEqual(0, await Open("never", true, ":/data:ro"));
        Assert.False(File.Exists(Path.Combine(data, "never")));
        Assert.Equal(NotPermitted, await Open("../secret", false, ":/data"));
        Assert.Equal(NotPermitted, await Open("/etc/hosts", false, ":/data"));
        Assert.Equal(NotPermitted, await Open("out", false, ":/data"));
        Assert.Equal(NotPermitted, await Open("host", false, ":/data"));

        // Without a volume there is no directory at all.
        Assert.NotEqual(0, (await Run(await WasmFixture.Image(WasmTexts.Open("there", false)))).Code);
    }

    [Fact]
    [Trait("Promise", "P-60")]
    public async Task A_module_that_waits_or_loops_is_stopped_at_once_and_its_log_is_kept()
    {
        WasmFixture.Need();
        // The one that says nothing first: when the other is up, it is.
        _ = (await _node.Cli("run", "-d", "--name", "w2", "--tier", "wasm", await WasmFixture.Image(WasmTexts.Loop))).Ok;
        _ = (await _node.Cli("run", "-d", "--name", "w1", "--tier", "wasm", await WasmFixture.Image(WasmTexts.Wait))).Ok;
        await Running.Until(async () => (await _node.Cli("logs", "w1")).Out == "up\n", () => "the module is not up");
        foreach (var name in (string[])["w1", "w2"])
        {
            var began = Stopwatch.GetTimestamp();
            _ = (await _node.Cli("stop", "-t", "20", name)).Ok;
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(15), $"{name} took {Stopwatch.GetElapsedTime(began)} to stop");
            Assert.Equal((ContainerState.Exited, 143), ((await _node.Inspect(name)).State, (await _node.Inspect(name)).ExitCode));
        }

        Assert.Equal("up\n", (await _node.Cli("logs", "w1")).Ok);
        _ = (await _node.Cli("start", "w1")).Ok;
        await Running.Until(async () => (await _node.Cli("logs", "w1")).Out == "up\nup\n", () => "the module is not up again");
        Assert.Contains("MiB", (await _node.Cli("stats", "--no-stream", "w1")).Ok, StringComparison.Ordinal);
        _ = (await _node.Cli("kill", "w1")).Ok;
        Assert.Equal(137, (await _node.UntilState("w1", ContainerState.Exited)).ExitCode);
        _ = (await _node.Cli("rm", "w1", "w2")).Ok;
    }

    [Fact]
    public async Task Exec_copies_and_terminals_are_refused_with_the_reason()
    {
        WasmFixture.Need();
        var image = await WasmFixture.Image(WasmTexts.Wait);
        _ = (await _node.Cli("run", "-d", "--name", "w3", "--tier", "wasm", image)).Ok;
        Assert.Contains("no other program", (await _node.Cli("exec", "w3", "sh")).Error, StringComparison.Ordinal);
        Assert.Contains("no files of its own", (await _node.Cli("cp", "w3:/app/main.wasm", "/tmp/never")).Failed(1), StringComparison.Ordinal);
        Assert.Contains("Wasmtime", (await _node.Cli("inspect", "w3")).Ok, StringComparison.Ordinal);
        Assert.Contains("no terminals", (await _node.Cli("run", "-d", "-t", "--tier", "wasm", image)).Failed(125), StringComparison.Ordinal);
        _ = (await _node.Cli("rm", "-f", "w3")).Ok;
    }

    [Fact]
    [Trait("Promise", "P-61")]
    public async Task Artifacts_and_images_by_label_run_and_say_what_they_are()
    {
        WasmFixture.Need();
        foreach (var layer in (string[])[MediaTypes.WasmLayer, MediaTypes.WasmContentLayer])
        {
            var artifact = await WasmFixture.Artifact(WasmTexts.ExitByLength, layerType: layer);
            Assert.Equal(3, (await Run(artifact, "abc")).Code);
            Assert.Contains("wasip1/wasm", (await _node.Cli("image", "inspect", artifact)).Ok, StringComparison.Ordinal);
        }

        var labelled = await WasmFixture.Push(
            await WasmFixture.Assemble(WasmTexts.ExitByLength), Platform.Current.ToString(), new Dictionary<string, string> { ["module.wasm.image/variant"] = "compat" });
        Assert.Equal(3, (await Run(labelled, "abc")).Code);
        Assert.Contains("--tier wasm", (await _node.Cli("run", "--rm", "--tier", "process", labelled)).Failed(125), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-61")]
    public async Task An_image_without_a_module_is_refused_and_so_is_a_module_in_another_tier()
    {
        WasmFixture.Need();
        var small = await _node.PullSmall();
        Assert.Contains("no WebAssembly", (await Run(small, "true")).Failed(125), StringComparison.Ordinal);
        Assert.Contains("--tier wasm", (await _node.Cli("run", "--rm", "--tier", "process", await WasmFixture.Image(WasmTexts.True))).Failed(125), StringComparison.Ordinal);
        Assert.Contains("not WebAssembly", (await Run(await WasmFixture.Push("\u007fELF no module"u8.ToArray()))).Failed(126), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Components_of_preview_2_run_and_their_result_is_the_exit_code()
    {
        WasmFixture.Need();
        Assert.Equal(0, (await Run(await WasmFixture.Artifact(WasmTexts.Component(true), "wasip2"))).Code);
        Assert.Equal(1, (await Run(await WasmFixture.Artifact(WasmTexts.Component(false), "wasip2"))).Code);
    }

    /// <summary>An image that is there already: what a pull tells is not on standard error.</summary>
    private async Task<string> Pulled(string text)
    {
        var image = await WasmFixture.Image(text);
        _ = (await _node.Cli("image", "pull", image)).Ok;
        return image;
    }

    private Task<Said> Run(string image, params string[] arguments) => _node.Cli(["run", "--rm", "--tier", "wasm", image, .. arguments]);
}
