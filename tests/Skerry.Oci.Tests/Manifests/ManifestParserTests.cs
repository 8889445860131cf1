using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Skerry.Oci.Manifests;

namespace Skerry.Oci.Tests.Manifests;

public sealed class ManifestParserTests
{
    private const string Hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private const string Config = $$"""{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:{{Hex}}","size":7 }""";
    private const string Layer = $$"""{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:{{Hex}}","size":9 }""";
    private const string Good = $$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{Config}},"layers":[{{Layer}},{{Layer}}],"annotations":{"a":"b"} }""";

    private static ParsedManifest Parse(string json, string? type = null) => ManifestParser.Parse(Encoding.UTF8.GetBytes(json), type);

    private static OciFormatException Refused(string json, string? type = null) => Assert.Throws<OciFormatException>(() => Parse(json, type));

    [Fact]
    public void A_manifest_is_read()
    {
        var manifest = Assert.IsType<ImageManifest>(Parse(Good, MediaTypes.OciManifest));
        Assert.True(manifest.IsImage);
        Assert.Equal(25, manifest.TotalSize);
        Assert.Equal("b", manifest.Annotations["a"]);
        Assert.Equal(2, manifest.Layers.Count);
    }

    [Fact]
    public void A_docker_manifest_list_is_an_index_that_picks_the_best_platform()
    {
        static string Entry(char digit, string platform) =>
            $$"""{"mediaType":"{{MediaTypes.DockerManifest}}","digest":"sha256:{{new string(digit, 64)}}","size":1,"platform":{{platform}} }""";
        var index = Assert.IsType<ImageIndex>(Parse($$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.DockerManifestList}}","manifests":[
              {{Entry('1', """{"os":"unknown","architecture":"unknown"}""")}},{{Entry('2', """{"os":"linux","architecture":"arm","variant":"v6"}""")}},
              {{Entry('3', """{"os":"linux","architecture":"arm","variant":"v7"}""")}},{{Entry('4', """{"os":"linux","architecture":"amd64"}""")}}]}
            """));
        Assert.StartsWith("3333", index.Select(Platform.Parse("linux/arm64"))!.Digest.Hex, StringComparison.Ordinal);
        Assert.StartsWith("2222", index.Select(Platform.Parse("linux/arm/v6"))!.Digest.Hex, StringComparison.Ordinal);
        Assert.StartsWith("4444", index.Select(Platform.Parse("linux/amd64/v3"))!.Digest.Hex, StringComparison.Ordinal);
        Assert.Null(index.Select(Platform.Parse("linux/s390x")));
    }

    [Theory]
    [InlineData("""{"schemaVersion":1,"fsLayers":[],"name":"x"}""")]
    [InlineData("""{"schemaVersion":1}""")]
    [InlineData("""{"schemaVersion":2,"fsLayers":[]}""")]
    public void Schema_one_is_refused_with_what_to_do(string json) => Assert.Contains("push the image again", Refused(json).Reason, StringComparison.Ordinal);

    [Fact]
    public void Schema_one_is_refused_by_its_media_type_too() =>
        Assert.Contains("schema 1", Refused(Good, MediaTypes.DockerManifestV1Signed).Reason, StringComparison.Ordinal);

    public static TheoryData<string, string> Hostile => new()
    {
        { "", "JSON" },
        { "[]", "not a JSON object" },
        { "null", "not a JSON object" },
        { "{", "JSON" },
        { "{}", "schemaVersion" },
        { "{} {}", "JSON" },
        { "{\"a\":1,}", "JSON" },
        { "/**/{}", "JSON" },
        { """{"schemaVersion":2}""", "neither" },
        { """{"schemaVersion":"2"}""", "schemaVersion" },
        { Good.Replace("\"schemaVersion\":2", "\"schemaVersion\":2,\"schemaVersion\":2", StringComparison.Ordinal), "twice" },
        { Good.Replace("\"schemaVersion\":2", "\"schemaVersion\":2,\"Layers\":[]", StringComparison.Ordinal), "twice" },
        { Good.Replace("\"size\":9", "\"size\":9,\"size\":10", StringComparison.Ordinal), "twice" },
        { Good.Replace("\"a\":\"b\"", "\"a\":\"b\",\"a\":\"c\"", StringComparison.Ordinal), "twice" },
        { Good.Replace("\"a\":\"b\"", "\"\\u0061\":\"b\",\"a\":\"c\"", StringComparison.Ordinal), "twice" },
        { Good.Replace("\"size\":9", "\"size\":-1", StringComparison.Ordinal), "negative" },
        { Good.Replace("\"size\":9", "\"size\":9223372036854775808", StringComparison.Ordinal), "impossible" },
        { Good.Replace("\"size\":9", "\"size\":9223372036854775807", StringComparison.Ordinal), "at most 35184372088832" },
        { Good.Replace("\"size\":9", "\"size\":4000000000000000000", StringComparison.Ordinal), "layers[0].size is 4000000000000000000; at most" },
        { Good.Replace("\"size\":9", "\"size\":1.5", StringComparison.Ordinal), "impossible" },
        { Good.Replace("\"size\":9", "\"size\":\"9\"", StringComparison.Ordinal), "impossible" },
        { Good.Replace(",\"size\":9", "", StringComparison.Ordinal), "missing" },
        { Good.Replace("sha256:", "sha256:../", StringComparison.Ordinal), "digest" },
        { Good.Replace("\"layers\":[", "\"layers\":[null,", StringComparison.Ordinal), "null" },
        { Good.Replace("\"layers\":[", "\"manifests\":[],\"layers\":[", StringComparison.Ordinal), "two ways" },
        { Good.Replace("image.manifest.v1", "image.index.v1", StringComparison.Ordinal), "media type" },
        { Good.Replace("layer.v1.tar+gzip", "layer\\n", StringComparison.Ordinal), "mediaType" },
        { $$"""{"schemaVersion":2,"layers":[]}""", "no config" },
        { $$"""{"schemaVersion":2,"config":{{Config}} }""", "no layers" },
        { $$"""{"schemaVersion":2,"config":{{Config}},"layers":[{{string.Join(',', Enumerable.Repeat(Layer, 513))}}]}""", "513 entries" },
        { $$"""{"schemaVersion":2,"x":{{new string('[', 40)}}{{new string(']', 40)}} }""", "depth" },
        { "{\"schemaVersion\":2,\"a\":\"\\ud800\"}", "UTF-8" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_manifest_is_refused_with_the_reason(string json, string reason) =>
        Assert.Contains(reason, Refused(json).Message, StringComparison.OrdinalIgnoreCase);

    [Fact]
    public void A_manifest_fetched_as_another_type_is_refused() => Assert.Contains("fetched as", Refused(Good, MediaTypes.DockerManifest).Reason, StringComparison.Ordinal);

    [Fact]
    public void A_manifest_larger_than_four_mebibytes_is_refused() =>
        Assert.Contains("at most", Refused(Good + new string(' ', ManifestLimits.MaxBytes)).Reason, StringComparison.Ordinal);

    [Fact]
    public void Invalid_utf8_is_refused() =>
        Assert.Throws<OciFormatException>(() => ManifestParser.Parse("{\"schemaVersion\":2,\"x\":\"\xff\"}"u8.ToArray().Select(b => b == 0xc3 ? (byte)0xff : b).ToArray(), null));

    [Fact]
    public void No_mutation_of_a_manifest_does_anything_but_parse_or_be_refused() =>
        Gen.Select(Gen.Int[0, Good.Length - 1], Gen.Byte, Gen.Int[0, 30]).Array[1, 6].Sample(edits =>
        {
            var bytes = Encoding.UTF8.GetBytes(Good).ToList();
            foreach (var (at, value, drop) in edits)
            {
                if (at < bytes.Count)
                {
                    bytes[at] = value;
                    bytes.RemoveRange(at, Math.Min(drop, bytes.Count - at));
                }
            }

            try
            {
                ManifestParser.Parse(bytes.ToArray(), null);
            }
            catch (OciFormatException)
            {
            }
        }, iter: 5_000);

    [Fact]
    public void A_configuration_is_read()
    {
        var config = ImageConfig.Parse(Encoding.UTF8.GetBytes($$"""
            {"created":"2024-01-02T03:04:05.123456789Z","architecture":"arm64","os":"linux","variant":"v8",
             "config":{"User":"1000:1000","ExposedPorts":{"80/tcp":{} },"Env":["PATH=/bin","A="],"Entrypoint":["/init"],"Cmd":["a","b"],"Volumes":{"/data":{} },
               "WorkingDir":"/w","Labels":{"x":"1","X":"2"},"StopSignal":"SIGINT","Healthcheck":{"Test":["NONE"]},"OnBuild":null},
             "rootfs":{"type":"layers","diff_ids":["sha256:{{Hex}}"]},
             "history":[{"created":"2024-01-02T03:04:05Z","created_by":"x","empty_layer":true}]}
            """));
        Assert.Equal("linux/arm64", config.Platform.ToString());
        Assert.Equal(2024, config.Created!.Value.Year);
        Assert.Equal(["/init"], config.Config.Entrypoint);
        Assert.Equal(["80/tcp"], config.Config.ExposedPorts);
        Assert.Equal("2", config.Config.Labels["X"]);
        Assert.Equal("SIGINT", config.Config.StopSignal);
        Assert.True(config.History[0].EmptyLayer);
        Assert.Equal(Hex, config.DiffIds[0].Hex);
    }

    [Fact]
    public void A_configuration_may_leave_almost_all_out()
    {
        var config = ImageConfig.Parse("""{"architecture":"amd64","os":"linux","config":null,"rootfs":{"type":"layers","diff_ids":[]}}"""u8.ToArray());
        Assert.Empty(config.Config.Env);
        Assert.Null(config.Created);
    }

    [Theory]
    [InlineData("""{"os":"linux"}""", "architecture")]
    [InlineData("""{"architecture":"amd64","config":{"Env":["=x"]}}""", "Env[0]")]
    [InlineData("""{"architecture":"amd64","config":{"Env":["X"]}}""", "Env[0]")]
    [InlineData("""{"architecture":"amd64","config":{"Cmd":["a\u0000b"]}}""", "NUL")]
    [InlineData("""{"architecture":"amd64","config":{"User":"a\u0000b"}}""", "NUL")]
    [InlineData("""{"architecture":"amd64","config":{"Cmd":[],"cmd":[]}}""", "twice")]
    [InlineData("""{"architecture":"amd64","rootfs":{"type":"other"}}""", "rootfs.type")]
    [InlineData("""{"architecture":"amd64","rootfs":{"diff_ids":["x"]}}""", "diff_ids[0]")]
    [InlineData("""{"architecture":"../../x"}""", "platform")]
    public void A_hostile_configuration_is_refused_with_the_reason(string json, string reason) =>
        Assert.Contains(reason, Assert.Throws<OciFormatException>(() => ImageConfig.Parse(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);

    [Fact]
    public void The_parsed_annotations_are_those_of_the_document() => Gen.Dictionary(Gen.String.AlphaNumeric, Gen.String.AlphaNumeric).Sample(map =>
    {
        var node = JsonNode.Parse(Good)!;
        node["annotations"] = new JsonObject(map.Select(p => KeyValuePair.Create<string, JsonNode?>(p.Key, p.Value)));
        var parsed = Parse(node.ToJsonString()).Annotations;
        return parsed.Count == map.Count && map.All(p => parsed[p.Key] == p.Value);
    });
}
