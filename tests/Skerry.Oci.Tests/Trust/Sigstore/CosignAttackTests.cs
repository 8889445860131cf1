using System.Text;
using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Sigstore;

namespace Skerry.Oci.Tests.Trust.Sigstore;

/// <summary>Signatures that cosign made, changed in every way that an attacker has.</summary>
public sealed class CosignAttackTests
{
    private const string Signature = "dev.cosignproject.cosign/signature";

    private static readonly SigstorePolicy Simple25 = new() { Keys = [Artefacts.Key("cosign25-sign-key/c25.pub")] };
    private static readonly SigstorePolicy Bundle31 = new() { Keys = [Artefacts.Key("cosign31-sign-key-bundle/c31.pub")] };

    private readonly Descriptor _layer = Artefacts.Layers("cosign25-sign-key")[0].Layer;
    private readonly byte[] _blob = Artefacts.Layers("cosign25-sign-key")[0].Blob;
    private readonly byte[] _bundle = CosignArtefactTests.Bundle("cosign31-sign-key-bundle");

    [Fact]
    public void A_signature_moved_to_another_image_is_refused()
    {
        Artefacts.Refused(SigstoreVerifier.VerifyLayer(_layer, _blob, Artefacts.OtherImage, Simple25, Artefacts.Later), "image", "not about");
        Artefacts.Refused(SigstoreVerifier.VerifyBundle(_bundle, Artefacts.OtherImage, Bundle31, Artefacts.Later), "image", "another artifact");
    }

    [Fact]
    public void Bytes_that_are_not_those_of_the_digest_are_refused() =>
        Artefacts.Refused(SigstoreVerifier.VerifyLayer(_layer, _blob, Artefacts.Image with { Content = "other"u8.ToArray() }, Simple25, Artefacts.Later), "image", "not those of its digest");

    [Fact]
    public void A_layer_that_is_not_the_one_described_is_refused() =>
        Flips.NoneIsTrusted(_blob, b => SigstoreVerifier.VerifyLayer(_layer, b, Artefacts.Image, Simple25, Artefacts.Later));

    [Fact]
    public void Every_flipped_bit_of_what_was_signed_is_seen() =>
        Flips.NoneIsTrusted(_blob, b => SigstoreVerifier.VerifyLayer(Artefacts.Described(_layer, b), b, Artefacts.Image, Simple25, Artefacts.Later));

    [Fact]
    public void Every_flipped_bit_of_the_signature_is_seen() =>
        Flips.NoneIsTrusted(
            Convert.FromBase64String(_layer.Annotations[Signature]),
            s => SigstoreVerifier.VerifyLayer(Artefacts.Annotated(_layer, Signature, Convert.ToBase64String(s)), _blob, Artefacts.Image, Simple25, Artefacts.Later));

    [Fact]
    public void Flipped_bits_of_a_bundle_are_seen_or_mean_nothing() =>
        Flips.NoneIsTrusted(
            _bundle,
            b => SigstoreVerifier.VerifyBundle(b, Artefacts.Image, Bundle31, Artefacts.Later),
            b => OnlyTheHintDiffers(b));

    [Fact]
    public void A_layer_without_a_signature_is_refused() =>
        Artefacts.Refused(SigstoreVerifier.VerifyLayer(Artefacts.Annotated(_layer, Signature, null), _blob, Artefacts.Image, Simple25, Artefacts.Later), "envelope", "no annotation");

    [Theory]
    [InlineData("")]
    [InlineData("AA==")]
    [InlineData("MAYCAQACAQA=")]
    [InlineData("MAA=")]
    [InlineData("not base64")]
    public void Signatures_that_are_none_are_refused(string signature)
    {
        var verdict = SigstoreVerifier.VerifyLayer(Artefacts.Annotated(_layer, Signature, signature), _blob, Artefacts.Image, Simple25, Artefacts.Later);
        Assert.False(verdict.IsTrusted);
    }

    [Fact]
    public void A_key_of_another_kind_is_not_tried_with_the_signature()
    {
        foreach (var key in (string[])["keytypes/cosign25-ed/imp-ed.pub", "keytypes/cosign31-rsa/i31-rsa.pub", "keytypes/cosign31-p384/i31-p384.pub"])
        {
            Artefacts.Refused(SigstoreVerifier.VerifyLayer(_layer, _blob, Artefacts.Image, new SigstorePolicy { Keys = [Artefacts.Key(key)] }, Artefacts.Later), "signature");
        }
    }

    [Theory]
    [InlineData("\"payloadType\":", "\"payloadType\":\"x\",\"payloadType\":", "occurs twice")]
    [InlineData("\"payloadType\":", "\"PayloadType\":\"x\",\"payloadType\":", "different case")]
    [InlineData("application/vnd.in-toto+json", "application/json", "statement of in-toto")]
    [InlineData("bundle.v0.3+json", "bundle.v0.9+json", "mediaType")]
    [InlineData("\"signatures\":[{", "\"signatures\":[{\"sig\":\"AAAA\"},{", "more than one")]
    public void Bundles_that_break_the_format_are_refused(string old, string with, string why) =>
        Artefacts.Refused(SigstoreVerifier.VerifyBundle(Artefacts.Replaced(_bundle, old, with), Artefacts.Image, Bundle31, Artefacts.Later), "envelope", why);

    [Fact]
    public void Huge_and_deep_bundles_are_refused()
    {
        var deep = Encoding.UTF8.GetBytes("{\"mediaType\":" + new string('[', 50_000));
        Artefacts.Refused(SigstoreVerifier.VerifyBundle(deep, Artefacts.Image, Bundle31, Artefacts.Later), "envelope");
        Artefacts.Refused(SigstoreVerifier.VerifyBundle(new byte[TrustLimits.MaxAttestation + 1], Artefacts.Image, Bundle31, Artefacts.Later), "envelope", "at most");
    }

    [Fact]
    public void Keys_and_identities_are_not_asked_for_at_once()
    {
        var both = Bundle31 with { Identities = [new CertificateIdentity(NamePattern.Exact("i"), NamePattern.Exact("s"))] };
        Assert.False(SigstoreVerifier.VerifyBundle(_bundle, Artefacts.Image, both, Artefacts.Later).IsTrusted);
    }

    private bool OnlyTheHintDiffers(byte[] flipped)
    {
        var at = Encoding.UTF8.GetString(_bundle).IndexOf("\"hint\":\"", StringComparison.Ordinal);
        var differs = Enumerable.Range(0, flipped.Length).Single(i => flipped[i] != _bundle[i]);
        return differs > at && differs < at + 60;
    }
}
