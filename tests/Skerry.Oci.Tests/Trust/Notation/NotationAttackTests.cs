using System.Security.Cryptography;
using System.Text;
using Skerry.Oci.Tests.Trust.Certificates;
using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Notation;

namespace Skerry.Oci.Tests.Trust.Notation;

/// <summary>Envelopes that are signed by a key that is trusted, and yet must not be.</summary>
public sealed class NotationAttackTests : IDisposable
{
    private readonly TestAuthority _root = TestAuthority.Root("CN=root,O=Test,C=US,S=WA");
    private readonly TestAuthority _leaf;
    private readonly TestNotation _good;

    public NotationAttackTests()
    {
        _leaf = _root.Issue("CN=leaf,O=Test,C=US,S=WA").Leaf().Signed();
        _good = new TestNotation(_leaf, _root);
    }

    [Fact]
    public void What_is_right_is_trusted_in_both_envelopes()
    {
        Artefacts.Trusted(Jws(_good));
        Artefacts.Trusted(NotationVerifier.Verify(_good.Cose(), "application/cose", TestNotation.Target, TestNotation.Trust(_root), TestAuthority.Now));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("HS256")]
    [InlineData("RS256")]
    [InlineData("PS256")]
    [InlineData("ES384")]
    [InlineData("es256")]
    [InlineData("EdDSA")]
    [InlineData("")]
    public void An_algorithm_other_than_the_keys_own_is_refused(string algorithm) => Artefacts.Refused(Jws(_good with { Algorithm = algorithm }), "integrity", "ES256 alone");

    [Fact]
    public void No_algorithm_and_no_signature_is_refused() => Artefacts.Refused(Jws(_good with { Algorithm = "none", Sign = static _ => [] }), "integrity");

    [Fact]
    public void The_public_key_used_as_a_secret_is_refused() =>
        Artefacts.Refused(Jws(_good with { Algorithm = "HS256", Sign = b => HMACSHA256.HashData(_leaf.Certificate.Key.Spki.Span, b) }), "integrity", "HS256");

    [Fact]
    public void A_signature_in_DER_is_refused() =>
        Artefacts.Refused(Jws(_good with { Sign = b => _leaf.Key.SignData(b, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence) }), "integrity", "not by the key");

    [Fact]
    public void A_signature_of_zeros_is_refused() => Artefacts.Refused(Jws(_good with { Sign = static _ => new byte[64] }), "integrity", "not by the key");

    [Fact]
    public void A_hash_other_than_the_keys_own_is_refused() =>
        Artefacts.Refused(Jws(_good with { Sign = b => _leaf.Key.SignData(b, HashAlgorithmName.SHA384, DSASignatureFormat.IeeeP1363FixedFieldConcatenation) }), "integrity", "not by the key");

    [Theory]
    [InlineData(-8)]
    [InlineData(-35)]
    [InlineData(5)]
    [InlineData(-65535)]
    public void COSE_algorithms_other_than_the_keys_own_are_refused(long algorithm) =>
        Assert.False(NotationVerifier.Verify(_good.Cose(algorithm), "application/cose", TestNotation.Target, TestNotation.Trust(_root), TestAuthority.Now).IsTrusted);

    [Theory]
    [InlineData("[]", "critical")]
    [InlineData("""["io.cncf.notary.signingScheme","b64"]""", "critical")]
    [InlineData("""["io.cncf.notary.signingScheme","io.cncf.notary.expiry"]""", "critical")]
    [InlineData("""["io.cncf.notary.signingScheme","io.cncf.notary.verificationPlugin"]""", "critical")]
    public void Critical_headers_that_are_missing_or_not_understood_are_refused(string crit, string why) => Artefacts.Refused(Jws(_good with { Crit = crit }), "envelope", why);

    [Fact]
    public void An_expiry_that_is_not_critical_is_refused() => Artefacts.Refused(Jws(_good with { Expiry = TestAuthority.Now.AddYears(1) }), "envelope", "critical");

    [Theory]
    [InlineData(",\"alg\":\"ES256\"", "occurs twice")]
    [InlineData(",\"Alg\":\"none\"", "different case")]
    [InlineData(",\"a\\u006cg\":\"none\"", "occurs twice")]
    public void Keys_that_occur_twice_in_the_protected_header_are_refused(string extra, string why) => Artefacts.Refused(Jws(_good with { Extra = extra }), "envelope", why);

    [Theory]
    [InlineData("{\"payload\":", "{\"payload\":\"e30\",\"payload\":", "occurs twice")]
    [InlineData("{\"payload\":", "{\"signatures\":[],\"payload\":", "not known here")]
    public void JWS_of_another_shape_is_refused(string old, string with, string why) =>
        Artefacts.Refused(Verify(Artefacts.Replaced(_good.Jws(), old, with)), "envelope", why);

    [Fact]
    public void An_unknown_signing_scheme_is_refused() => Artefacts.Refused(Jws(_good with { Scheme = "notary.x510" }), "envelope", "not known");

    [Fact]
    public void A_publisher_cannot_vouch_for_his_own_time()
    {
        var claimed = _good with { Scheme = "notary.x509.signingAuthority", SignedAt = null, AuthenticAt = TestAuthority.Now, Crit = """["io.cncf.notary.signingScheme","io.cncf.notary.authenticSigningTime"]""" };
        Artefacts.Refused(Jws(claimed), "authenticity", "signingAuthority");
        var trust = TestNotation.Trust(_root, stores: "\"signingAuthority:sa\"", more: [new TrustStore(TrustStoreKind.SigningAuthority, "sa", [_root.Certificate])]);
        var verdict = NotationVerifier.Verify(claimed.Jws(), "application/jose+json", TestNotation.Target, trust, TestAuthority.End.AddYears(1));
        Artefacts.Trusted(verdict);
        Assert.Equal(TestAuthority.Now, verdict.SignedAt);
    }

    [Fact]
    public void A_signature_that_expired_is_refused()
    {
        var expiring = _good with { Expiry = TestAuthority.Now.AddDays(1), Crit = """["io.cncf.notary.signingScheme","io.cncf.notary.expiry"]""" };
        Artefacts.Trusted(Jws(expiring));
        Artefacts.Refused(Verify(expiring.Jws(), now: TestAuthority.Now.AddDays(1)), "expiry", "expired");
    }

    [Fact]
    public void A_chain_that_is_out_of_order_cut_off_or_without_authority_is_refused()
    {
        using var middle = _root.Issue("CN=middle").Authority(ca: false).Signed();
        using var below = middle.Issue("CN=below,O=Test,C=US,S=WA").Leaf().Signed();
        Artefacts.Refused(Jws(_good with { Chain = [_root, _leaf] }), "integrity");
        Artefacts.Refused(Jws(_good with { Chain = [_leaf] }), "integrity", "does not end with a root");
        Artefacts.Refused(Jws(_good with { Chain = [] }), "integrity");
        Artefacts.Refused(Jws(new TestNotation(below, _root) { Chain = [below, middle, _root] }), "integrity", "CA:TRUE");
    }

    [Fact]
    public void A_leaf_for_other_things_too_is_refused()
    {
        using var web = _root.Issue("CN=web").Leaf("1.3.6.1.5.5.7.3.1").Signed();
        using var authority = _root.Issue("CN=ca").Authority().Signed();
        Artefacts.Refused(Jws(new TestNotation(web, _root)), "integrity", "not for signing code");
        Artefacts.Refused(Jws(new TestNotation(authority, _root)), "integrity", "for signatures alone");
    }

    [Fact]
    public void A_payload_that_says_more_or_something_else_is_refused()
    {
        Artefacts.Refused(Jws(_good with { Payload = _good.Payload.Replace("{\"targetArtifact\"", "{\"x\":1,\"targetArtifact\"", StringComparison.Ordinal) }), "image", "not known here");
        Artefacts.Refused(Jws(_good with { Payload = _good.Payload.Replace("\"size\":349", "\"size\":350", StringComparison.Ordinal) }), "image", "not about");
        Artefacts.Refused(Jws(_good with { Payload = _good.Payload.Replace("image.manifest", "image.index", StringComparison.Ordinal) }), "image", "not about");
        Artefacts.Refused(Jws(_good with { Payload = _good.Payload.Replace("\"size\":349", "\"size\":349,\"size\":349", StringComparison.Ordinal) }), "image", "occurs twice");
    }

    [Theory]
    [InlineData("x509.subject: CN=leaf,O=Test,ST=WA,C=US", true)]
    [InlineData("x509.subject: O=Test,ST=WA,C=US", true)]
    [InlineData("x509.subject: CN=other,O=Test,ST=WA,C=US", false)]
    [InlineData("x509.subject: O=Tes,ST=WA,C=US", false)]
    [InlineData("x509.subject: OU=x,O=Test,ST=WA,C=US", false)]
    public void Identities_are_matched_attribute_by_attribute(string identity, bool trusted)
    {
        var verdict = Verify(_good.Jws(), TestNotation.Trust(_root, identities: $"\"{identity}\""));
        Assert.Equal(trusted, verdict.IsTrusted);
        if (!trusted)
        {
            Artefacts.Refused(verdict, "authenticity", "none of the policy's identities");
        }
    }

    [Fact]
    public void Levels_enforce_tell_or_skip()
    {
        using var stranger = TestAuthority.Root("CN=stranger");
        var expiring = _good with { Expiry = TestAuthority.Now.AddDays(1), Crit = """["io.cncf.notary.signingScheme","io.cncf.notary.expiry"]""" };
        var late = TestAuthority.Now.AddDays(2);
        var permissive = Verify(expiring.Jws(), TestNotation.Trust(_root, "\"level\":\"permissive\""), late);
        Artefacts.Trusted(permissive);
        Assert.Equal(StepOutcome.Warned, permissive.Steps.Single(static s => s.Name == "expiry").Outcome);
        Artefacts.Refused(Verify(expiring.Jws(), TestNotation.Trust(stranger, "\"level\":\"permissive\""), late), "authenticity");
        var audit = Verify(expiring.Jws(), TestNotation.Trust(stranger, "\"level\":\"audit\""), late);
        Artefacts.Trusted(audit);
        Assert.Equal(StepOutcome.Warned, audit.Steps.Single(static s => s.Name == "authenticity").Outcome);
        Artefacts.Refused(Verify(expiring.Jws(), TestNotation.Trust(_root, "\"level\":\"permissive\",\"override\":{\"expiry\":\"enforce\"}"), late), "expiry");
        Artefacts.Refused(Verify((_good with { Algorithm = "none" }).Jws(), TestNotation.Trust(_root, "\"level\":\"audit\""), late), "integrity");
    }

    [Fact]
    public void The_level_skip_says_that_nothing_was_checked()
    {
        var verdict = Verify("garbage"u8.ToArray(), TestNotation.Trust(_root, "\"level\":\"skip\"", stores: "", identities: ""));
        Assert.True(verdict.IsTrusted);
        Assert.Equal(StepOutcome.Skipped, verdict.Steps[^1].Outcome);
    }

    [Fact]
    public void A_trust_store_that_is_not_there_is_refused() => Artefacts.Refused(Verify(_good.Jws(), TestNotation.Trust(_root, stores: "\"ca:absent\"")), "authenticity", "is not there");

    [Fact]
    public void A_repository_without_a_policy_is_refused()
    {
        var policy = NotationTrustPolicy.Parse(Encoding.UTF8.GetBytes("""{"version":"1.0","trustPolicies":[{"name":"p","registryScopes":["registry.example.test/other"],"signatureVerification":{"level":"strict"},"trustStores":["ca:test"],"trustedIdentities":["*"]}]}"""));
        Artefacts.Refused(Verify(_good.Jws(), TestNotation.Trust(_root) with { Policy = policy }), "trust policy", "no policy");
    }

    [Theory]
    [InlineData(new byte[] { 0x18, 0x01, 0x26 })] // the algorithm's label, 1, in two bytes where one is enough
    [InlineData(new byte[] { 0x18, 0x02, 0x00 })]
    [InlineData(new byte[] { 0x1b, 0, 0, 0, 0, 0, 0, 0, 0x03, 0x00 })]
    public void A_COSE_header_that_comes_twice_is_refused_however_its_label_is_encoded(byte[] twice)
    {
        var verdict = Cose(_good.Cose(more: twice));
        Assert.False(verdict.IsTrusted);
        Assert.Contains(verdict.Steps, static s => s.Why.Contains("twice", StringComparison.Ordinal));
    }

    [Fact]
    public void COSE_that_is_cut_off_nested_or_indefinite_is_refused()
    {
        var cose = _good.Cose();
        for (var length = 0; length < cose.Length; length += 7)
        {
            Assert.False(Cose(cose[..length]).IsTrusted);
        }

        Assert.False(Cose([.. cose, 0]).IsTrusted);
        Assert.False(Cose([0xd2, 0x84, 0x40, 0xbf, .. Enumerable.Repeat((byte)0x81, 100_000)]).IsTrusted);
        Assert.False(Cose([0xd2, 0x84, 0x40, 0xa1, 0x01, .. Enumerable.Repeat((byte)0x81, 100_000)]).IsTrusted);
        Assert.False(Cose([.. Enumerable.Repeat((byte)0xd2, 100_000)]).IsTrusted);
    }

    public void Dispose()
    {
        _leaf.Dispose();
        _root.Dispose();
    }

    private Verdict Jws(TestNotation envelope) => Verify(envelope.Jws());

    private Verdict Verify(byte[] jws, NotationTrust? trust = null, DateTimeOffset? now = null) =>
        NotationVerifier.Verify(jws, "application/jose+json", TestNotation.Target, trust ?? TestNotation.Trust(_root), now ?? TestAuthority.Now);

    private Verdict Cose(byte[] cose) => NotationVerifier.Verify(cose, "application/cose", TestNotation.Target, TestNotation.Trust(_root), TestAuthority.Now);
}
