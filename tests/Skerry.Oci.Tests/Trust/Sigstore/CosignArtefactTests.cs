using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Sigstore;

namespace Skerry.Oci.Tests.Trust.Sigstore;

/// <summary>What cosign 2.5 and 3.1 and openssl made is verified.</summary>
public sealed class CosignArtefactTests
{
    private const string Provenance = "https://slsa.dev/provenance/v1";

    public static TheoryData<string, string> SimpleSignatures => new()
    {
        { "cosign25-sign-key", "c25.pub" },
        { "keytypes/cosign25-ed", "imp-ed.pub" },
        { "keytypes/openssl-attached-ed-sha256", "ed.pub" },
        { "keytypes/openssl-attached-p384-sha256", "p384.pub" },
        { "keytypes/openssl-attached-p521-sha256", "p521.pub" },
        { "keytypes/openssl-attached-rsa-sha256", "rsa.pub" },
    };

    public static TheoryData<string, string> Bundles => new()
    {
        { "cosign31-sign-key-bundle", "c31.pub" },
        { "keytypes/cosign31-p384", "i31-p384.pub" },
        { "keytypes/cosign31-p521", "i31-p521.pub" },
        { "keytypes/cosign31-rsa", "i31-rsa.pub" },
        { "keytypes/cosign31-rsa2", "i31-rsa2.pub" },
        { "keytypes/cosign31-rsa4", "i31-rsa4.pub" },
    };

    [Theory]
    [MemberData(nameof(SimpleSignatures))]
    public void A_simple_signature_by_a_key_is_trusted(string folder, string key)
    {
        var verdict = Simple(folder, new SigstorePolicy { Keys = [Artefacts.Key($"{folder}/{key}")] });
        Artefacts.Trusted(verdict);
        Assert.Equal(Artefacts.Key($"{folder}/{key}").Id, verdict.Signer!.KeyId);
        Assert.Null(verdict.SignedAt);
    }

    [Theory]
    [MemberData(nameof(Bundles))]
    public void A_bundle_by_a_key_is_trusted(string folder, string key) =>
        Artefacts.Trusted(SigstoreVerifier.VerifyBundle(Bundle(folder), Artefacts.Image, new SigstorePolicy { Keys = [Artefacts.Key($"{folder}/{key}")] }, Artefacts.Later));

    [Theory]
    [MemberData(nameof(SimpleSignatures))]
    public void Another_key_is_refused(string folder, string key)
    {
        _ = key;
        Artefacts.Refused(Simple(folder, new SigstorePolicy { Keys = [Artefacts.Key("cosign31-sign-key-bundle/c31.pub")] }), "signature", "none of the 1 key");
    }

    [Fact]
    public void One_of_several_keys_is_enough() =>
        Artefacts.Trusted(Simple("cosign25-sign-key", new SigstorePolicy { Keys = [Artefacts.Key("keytypes/cosign25-ed/imp-ed.pub"), Artefacts.Key("keytypes/cosign31-rsa/i31-rsa.pub"), Artefacts.Key("cosign25-sign-key/c25.pub")] }));

    [Fact]
    public void A_signature_says_for_which_repository_it_was_made()
    {
        var policy = new SigstorePolicy { Keys = [Artefacts.Key("cosign25-sign-key/c25.pub")], Repository = "127.0.0.1:5500/test/bb" };
        Artefacts.Trusted(Simple("cosign25-sign-key", policy));
        Artefacts.Refused(Simple("cosign25-sign-key", policy with { Repository = "127.0.0.1:5500/test/other" }), "image", "made for 127.0.0.1:5500/test/bb");
    }

    [Fact]
    public void Attestations_are_trusted_for_their_predicate_alone()
    {
        var policy = new SigstorePolicy { Keys = [Artefacts.Key("cosign25-attest-key/c25.pub")] };
        var layers = Artefacts.Layers("cosign25-attest-key");
        Verdict Verify(int i, string? predicate) => SigstoreVerifier.VerifyLayer(layers[i].Layer, layers[i].Blob, Artefacts.Image, policy with { PredicateType = predicate }, Artefacts.Later);

        var verdict = Verify(1, Provenance);
        Artefacts.Trusted(verdict);
        Assert.NotNull(verdict.Statement);
        Artefacts.Trusted(Verify(0, SigstorePolicy.AnyPredicate));
        Artefacts.Refused(Verify(0, Provenance), "image", "asks for " + Provenance);
        Artefacts.Refused(Verify(1, null), "image", "not a signature of the image");
    }

    [Fact]
    public void A_signature_is_no_attestation()
    {
        var policy = new SigstorePolicy { Keys = [Artefacts.Key("cosign31-sign-key-bundle/c31.pub")], PredicateType = Provenance };
        Artefacts.Refused(SigstoreVerifier.VerifyBundle(Bundle("cosign31-sign-key-bundle"), Artefacts.Image, policy, Artefacts.Later), "image", "asks for");
        Artefacts.Refused(Simple("cosign25-sign-key", new SigstorePolicy { Keys = [Artefacts.Key("cosign25-sign-key/c25.pub")], PredicateType = Provenance }), "image", "asks for");
    }

    [Fact]
    public void Annotations_must_have_been_signed() =>
        Artefacts.Refused(
            Simple("cosign25-sign-key", new SigstorePolicy { Keys = [Artefacts.Key("cosign25-sign-key/c25.pub")], Annotations = new Dictionary<string, string> { ["env"] = "prod" } }),
            "annotations",
            "env was not signed");

    [Fact]
    public void A_policy_without_keys_or_identities_trusts_nobody() => Artefacts.Refused(Simple("cosign25-sign-key", new SigstorePolicy()), "who may sign", "neither a key nor an identity");

    [Fact]
    public void A_log_that_is_asked_for_must_have_the_signature() =>
        Artefacts.Refused(Simple("cosign25-sign-key", new SigstorePolicy { Keys = [Artefacts.Key("cosign25-sign-key/c25.pub")], LogEntries = 1 }), "transparency log", "0 entries");

    internal static byte[] Bundle(string folder) => Artefacts.Layers(folder + "/artifact")[0].Blob;

    private static Verdict Simple(string folder, SigstorePolicy policy)
    {
        var (layer, blob) = Artefacts.Layers(folder)[0];
        return SigstoreVerifier.VerifyLayer(layer, blob, Artefacts.Image, policy, Artefacts.Later);
    }
}
