using BenchmarkDotNet.Attributes;
using Skerry.Oci;
using Skerry.Oci.Manifests;
using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.ContentTrust;
using Skerry.Oci.Trust.Keys;
using Skerry.Oci.Trust.Notation;
using Skerry.Oci.Trust.Sigstore;

namespace Skerry.Bench;

/// <summary>One image verified offline by what cosign, notation and notary signed (5 ms each are allowed): from the bytes that are kept to the verdict.</summary>
[MemoryDiagnoser]
public class Verifying
{
    private static readonly DateTimeOffset When = new(2026, 11, 22, 20, 0, 0, TimeSpan.Zero);

    private SignedArtifact image = null!;
    private Descriptor manifest = null!;
    private (Descriptor Layer, byte[] Blob) cosign;
    private (Descriptor Layer, byte[] Blob) notation;
    private string key = "";
    private byte[] trustPolicy = [];
    private string authority = "";
    private MirrorDirectory mirror = null!;

    [GlobalSetup]
    public void Setup()
    {
        image = SignedArtifact.Of(Bytes("image/manifest.json"));
        manifest = new Descriptor(MediaTypes.OciManifest, image.Digest, image.Content.Length);
        (cosign, notation) = (Layer("cosign25-sign-key"), Layer("notation-jws/artifact"));
        key = File.ReadAllText(PathOf("cosign25-sign-key/c25.pub"));
        trustPolicy = Bytes("notation-jws/tp.json");
        authority = File.ReadAllText(PathOf("notation-jws/wabbit-networks.io.crt"));
        mirror = new MirrorDirectory(PathOf("notary-dct-delegations"));
    }

    [Benchmark(Description = "cosign, by a key")]
    public bool Cosign() => Trusted(SigstoreVerifier.VerifyLayer(cosign.Layer, cosign.Blob, image, new SigstorePolicy { Keys = [PublicKey.FromPem(key)] }, When));

    [Benchmark(Description = "Notation, JWS")]
    public bool Notation() => Trusted(NotationVerifier.Verify(
        notation.Blob, notation.Layer.MediaType, new NotationTarget(manifest, "127.0.0.1:5500/test/bb"),
        new NotationTrust(NotationTrustPolicy.Parse(trustPolicy), [new TrustStore(TrustStoreKind.Authority, "wabbit-networks.io", Certificate.FromPem(authority))]), When));

    [Benchmark(Description = "Docker Content Trust, from a mirror directory")]
    public bool ContentTrust() => Trusted(ContentTrustVerifier.Verify(
        "127.0.0.1:5500/test/bb", "v2", manifest, mirror, new ContentTrustPolicy { RootKeys = ["7e6873013444cb21229da46625b6507a945d63281a55d82b05f9ec727e75f1da"] }, null, When).Verdict);

    private static bool Trusted(Verdict verdict) => verdict.IsTrusted ? true : throw new InvalidOperationException(verdict.ToString());

    private static (Descriptor Layer, byte[] Blob) Layer(string folder)
    {
        var layer = ((ImageManifest)ManifestParser.Parse(Bytes(folder + "/manifest.json"), null)).Layers[0];
        return (layer, Bytes($"{folder}/blob-{layer.Digest.Hex}"));
    }

    private static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Data", name);

    private static byte[] Bytes(string name) => File.ReadAllBytes(PathOf(name));
}
