using System.Text;
using Skerry.Oci.Distribution;
using Skerry.Oci.Tests.Trust;
using Skerry.Oci.Trust.Sigstore;

namespace Skerry.Oci.Tests.Distribution;

/// <summary>A registry with signatures that cosign and notation made, asked for all of them.</summary>
public sealed class SignatureSearchTests
{
    private static readonly string Image = Artefacts.Image.Digest.ToString();
    private static readonly string Tag = "sha256-" + Artefacts.Image.Digest.Hex;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Signatures_are_found_by_the_API_the_fallback_tag_and_cosigns_tags(bool api)
    {
        var content = Content(api);
        using var server = Serve(content);
        using var client = Client(server);
        var search = await SignatureSearch.RunAsync(client, ImageReference.Parse(server.Host + "/app"), Artefacts.Image.Digest);
        Assert.Empty(search.PassedOver);
        Assert.Equal(
            ["application/vnd.dev.sigstore.bundle.v0.3+json", "application/jose+json", "application/cose", CosignLayer.SimpleSigning, CosignLayer.Envelope, CosignLayer.Envelope],
            search.Signatures.Select(static s => s.Layer.MediaType));
        var policy = new SigstorePolicy { Keys = [Artefacts.Key("cosign25-sign-key/c25.pub")] };
        Artefacts.Trusted(SigstoreVerifier.VerifyLayer(search.Signatures[3].Layer, search.Signatures[3].Blob, Artefacts.Image, policy, Artefacts.Later));
    }

    [Fact]
    public async Task An_image_without_signatures_has_none()
    {
        using var server = Serve([]);
        using var client = Client(server);
        var search = await SignatureSearch.RunAsync(client, ImageReference.Parse(server.Host + "/app"), Artefacts.Image.Digest);
        Assert.Empty(search.Signatures);
        Assert.Empty(search.PassedOver);
    }

    [Fact]
    public async Task A_referrer_of_another_image_is_passed_over()
    {
        var other = Artefacts.Replaced(Artefacts.Bytes("notation-jws/artifact/manifest.json"), Artefacts.Image.Digest.Hex, new string('a', 64));
        var content = new Dictionary<string, (string Type, byte[] Bytes)>(StringComparer.Ordinal);
        Put(content, other);
        content["referrers/" + Image] = (MediaTypes.OciIndex, Index([other]));
        using var server = Serve(content);
        using var client = Client(server);
        var search = await SignatureSearch.RunAsync(client, ImageReference.Parse(server.Host + "/app"), Artefacts.Image.Digest);
        Assert.Empty(search.Signatures);
        Assert.Contains("not about this image", Assert.Single(search.PassedOver), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manifest_and_a_blob_that_are_not_what_their_digests_say_are_passed_over()
    {
        var content = Content(api: true);
        var manifest = Artefacts.Bytes("notation-jws/artifact/manifest.json");
        content["manifests/" + Digest.OfSha256(manifest)] = (MediaTypes.OciManifest, [.. manifest, (byte)' ']);
        var (layer, blob) = Artefacts.Layers("cosign25-sign-key")[0];
        content["blobs/" + layer.Digest] = ("application/octet-stream", [.. blob[..^1], (byte)'x']);
        using var server = Serve(content);
        using var client = Client(server);
        var search = await SignatureSearch.RunAsync(client, ImageReference.Parse(server.Host + "/app"), Artefacts.Image.Digest);
        Assert.Equal(2, search.PassedOver.Count);
        Assert.Equal(4, search.Signatures.Count);
    }

    private static RegistryClient Client(HostileServer server) => new(new RegistryOptions { PlainHttp = new HashSet<string> { server.Host }, UseProxy = false });

    private static HostileServer Serve(Dictionary<string, (string Type, byte[] Bytes)> content) => new((heard, answer) =>
        content.TryGetValue(heard.Path.Replace("/v2/app/", "", StringComparison.Ordinal), out var found)
            ? answer.SendAsync(200, found.Bytes, "Content-Type: " + found.Type)
            : answer.SendAsync(404, """{"errors":[{"code":"NOT_FOUND"}]}""", "Content-Type: application/json"));

    private static Dictionary<string, (string Type, byte[] Bytes)> Content(bool api)
    {
        var content = new Dictionary<string, (string Type, byte[] Bytes)>(StringComparer.Ordinal);
        string[] referrers = ["cosign31-sign-key-bundle/artifact", "notation-jws/artifact", "notation-cose/artifact"];
        foreach (var folder in referrers.Concat(["cosign25-sign-key", "cosign25-attest-key"]))
        {
            Put(content, Artefacts.Bytes(folder + "/manifest.json"));
            foreach (var (layer, blob) in Artefacts.Layers(folder))
            {
                content["blobs/" + layer.Digest] = ("application/octet-stream", blob);
            }
        }

        content[api ? "referrers/" + Image : "manifests/" + Tag] = (MediaTypes.OciIndex, Index([.. referrers.Select(static r => Artefacts.Bytes(r + "/manifest.json"))]));
        content[$"manifests/{Tag}.sig"] = (MediaTypes.OciManifest, Artefacts.Bytes("cosign25-sign-key/manifest.json"));
        content[$"manifests/{Tag}.att"] = (MediaTypes.OciManifest, Artefacts.Bytes("cosign25-attest-key/manifest.json"));
        return content;
    }

    private static void Put(Dictionary<string, (string Type, byte[] Bytes)> content, byte[] manifest) => content["manifests/" + Digest.OfSha256(manifest)] = (MediaTypes.OciManifest, manifest);

    // the kinds are wrong on purpose, as cosign writes them
    private static byte[] Index(byte[][] manifests) => Encoding.UTF8.GetBytes(
        $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciIndex}}","manifests":[{{string.Join(',', manifests.Select(static m => $$"""{"mediaType":"{{MediaTypes.OciManifest}}","digest":"{{Digest.OfSha256(m)}}","size":{{m.Length}},"artifactType":"{{MediaTypes.OciEmpty}}"}"""))}}]}""");
}
