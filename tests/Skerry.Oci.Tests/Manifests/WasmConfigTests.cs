using System.Text;
using Skerry.Oci.Manifests;

namespace Skerry.Oci.Tests.Manifests;

public sealed class WasmConfigTests
{
    private static readonly Digest Layer = Digest.OfSha256("module"u8);

    [Theory]
    [InlineData("""{"architecture":"wasm","os":"wasip1","layerDigests":["sha256:00"]}""", "wasip1/wasm")]
    [InlineData("""{"created":"2026-01-02T03:04:05Z","architecture":"wasm","os":"wasip2","component":{"exports":["wasi:cli/run@0.2.0"],"target":null}}""", "wasip2/wasm")]
    [InlineData("{}", "wasip1/wasm")]
    public void An_artifact_is_an_image_whose_program_is_its_module(string json, string platform)
    {
        var config = Parse(json, Layer);
        Assert.Equal((platform, "/module.wasm"), (config.Platform.ToString(), Assert.Single(config.Config.Entrypoint)));
        Assert.Equal([Layer], config.DiffIds);
    }

    [Theory]
    [InlineData("[]", "not a JSON object")]
    [InlineData("""{"architecture":"amd64","os":"linux"}""", "wasip1/wasm")]
    [InlineData("""{"os":"wasip1","os":"wasip2"}""", "twice")]
    [InlineData("""{"architecture":1}""", "wrong type")]
    public void What_is_no_such_configuration_is_refused(string json, string reason) =>
        Assert.Contains(reason, Assert.Throws<OciFormatException>(() => Parse(json, Layer)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_artifact_of_no_or_several_layers_is_refused()
    {
        Assert.Throws<OciFormatException>(static () => Parse("{}"));
        Assert.Throws<OciFormatException>(static () => Parse("{}", Layer, Layer));
    }

    [Fact]
    public void A_linux_takes_webassembly_when_there_is_nothing_for_its_processor()
    {
        var here = Platform.Parse("linux/arm64");
        Assert.True(here.Rank(Platform.Parse("wasi/wasm")) > here.Rank(Platform.Parse("linux/arm/v5")));
        Assert.True(here.Accepts(Platform.Parse("wasip2/wasm32")));
        Assert.False(here.Accepts(Platform.Parse("js/wasm")));
        Assert.False(Platform.Parse("windows/amd64").Accepts(Platform.Parse("wasi/wasm")));
        Assert.False(Platform.Parse("wasi/wasm").Accepts(here));
    }

    private static ImageConfig Parse(string json, params Digest[] layers) => ImageConfig.Parse(Encoding.UTF8.GetBytes(json), MediaTypes.WasmConfig, layers);
}
