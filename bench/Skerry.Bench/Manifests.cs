using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using Skerry.Oci;
using Skerry.Oci.Manifests;

namespace Skerry.Bench;

/// <summary>What every pull parses and checks before it trusts a byte.</summary>
[MemoryDiagnoser]
public class Manifests
{
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private readonly byte[] block = RandomNumberGenerator.GetBytes(1 << 20);
    private byte[] manifest = [];

    [GlobalSetup]
    public void Setup()
    {
        string layers = string.Join(',', Enumerable.Range(0, 8).Select(i =>
            $$"""{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:{{Hex}}","size":{{1000 + i}}}"""));
        manifest = Encoding.UTF8.GetBytes(
            $$"""
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
            "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:{{Hex}}","size":1234},"layers":[{{layers}}]}
            """);
    }

    [Benchmark(Description = "parse a manifest of 8 layers")]
    public ParsedManifest Parse() => ManifestParser.Parse(manifest, "application/vnd.oci.image.manifest.v1+json");

    [Benchmark(Description = "digest of 1 MiB")]
    public Digest Hash() => Digest.OfSha256(block);

    [Benchmark(Description = "parse a digest")]
    public Digest ParseDigest() => Digest.Parse($"sha256:{Hex}");

    [Benchmark(Description = "parse a reference")]
    public ImageReference ParseReference() => ImageReference.Parse("registry.example.com:5000/group/name:1.2.3");
}
