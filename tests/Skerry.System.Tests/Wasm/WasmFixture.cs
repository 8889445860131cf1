using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Skerry.Oci;
using Skerry.Oci.Archives;
using Skerry.Oci.Layers;
using Skerry.Oci.Manifests;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Wasm;

/// <summary>One node for all tests of modules, and the images that hold them.</summary>
public sealed class WasmFixture : IAsyncLifetime
{
    private static readonly ConcurrentDictionary<string, Task<string>> Images = new(StringComparer.Ordinal);
    private static int _count;
    private TestNode? _node;

    internal TestNode Node => _node ?? throw new InvalidOperationException("the node was not started");

    public async ValueTask InitializeAsync() => _node = await StartAsync();

    public ValueTask DisposeAsync() => _node?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>A node with the wasm tier.</summary>
    internal static Task<TestNode> StartAsync(string more = "") => TestNode.StartAsync($"[runtime]\nwasm = \"{Programs.Wasm}\"\n{more}");

    /// <summary>Skips the test where there is no carrier.</summary>
    internal static void Need() => Assert.SkipUnless(
        File.Exists(Path.Combine(Path.GetDirectoryName(Programs.Wasm)!, "libwasmtime.so")), "needs a published skerry-wasm: scripts/build");

    /// <summary>The binary of a module that is written as text.</summary>
    internal static async Task<byte[]> Assemble(string text)
    {
        using var assembler = Process.Start(new ProcessStartInfo(Programs.Wasm, ["assemble"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await assembler.StandardInput.WriteAsync(text);
        assembler.StandardInput.Close();
        using var module = new MemoryStream();
        await assembler.StandardOutput.BaseStream.CopyToAsync(module);
        await assembler.WaitForExitAsync();
        Assert.Equal(0, assembler.ExitCode);
        return module.ToArray();
    }

    /// <summary>An ordinary image, for wasi/wasm, whose entry point is the module /app/main.wasm.</summary>
    internal static Task<string> Image(string text) => Images.GetOrAdd(text, static async t => await Push(await Assemble(t)));

    /// <summary>As <see cref="Image"/>, of any bytes.</summary>
    internal static async Task<string> Push(byte[] module, string platform = "wasi/wasm", IReadOnlyDictionary<string, string>? labels = null)
    {
        using var builder = new ImageBuilder
        {
            Platform = Platform.Parse(platform),
            Process = new ImageProcess { Entrypoint = ["/app/main.wasm"], Env = ["FROM_IMAGE=yes", "LD_PRELOAD=/data/evil.so"], Labels = labels ?? new Dictionary<string, string>() },
        };
        builder.AddLayer(layer =>
        {
            layer.Write(new NewEntry("app", LayerEntryType.Directory));
            layer.Write(new NewEntry("app/main.wasm", LayerEntryType.File), module);
        });
        return await TestRegistry.Push(builder.Build(), Name());
    }

    /// <summary>An artifact of the CNCF's layout.</summary>
    internal static async Task<string> Artifact(string text, string os = "wasip1", string layerType = MediaTypes.WasmLayer) =>
        await TestRegistry.Push(WasmArtifact.Build(await Assemble(text), os, layerType), Name());

    private static string Name() => string.Create(CultureInfo.InvariantCulture, $"wasm{Interlocked.Increment(ref _count)}:1");
}
