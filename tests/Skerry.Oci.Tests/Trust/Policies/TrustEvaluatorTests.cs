using Skerry.Oci.Distribution;
using Skerry.Oci.Tests.Trust.Certificates;
using Skerry.Oci.Tests.Trust.Notation;
using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.ContentTrust;
using Skerry.Oci.Trust.Notation;
using Skerry.Oci.Trust.Policies;
using Skerry.Oci.Trust.Timestamps;

namespace Skerry.Oci.Tests.Trust.Policies;

/// <summary>A policy over evidence that cosign, notation and notary made.</summary>
public sealed class TrustEvaluatorTests
{
    private static readonly DateTimeOffset SameDay = new(2026, 11, 22, 20, 0, 0, TimeSpan.Zero);
    private static readonly TrustEvidence Both = Signed.Evidence("cosign25-sign-key", "cosign31-sign-key-bundle/artifact");

    [Fact]
    public void Any_of_several_signers_is_enough()
    {
        var decision = Judge(Signed.Policy(1, Signed.Cosign31(), Signed.Cosign25()), Signed.Evidence("cosign25-sign-key"));
        Assert.True(decision.IsAllowed && decision.IsVerified, decision.Why);
        Assert.StartsWith("old: EcdsaP256 key", Assert.Single(decision.SignedBy), StringComparison.Ordinal);
        Assert.Equal(Artefacts.Image.Digest, decision.Signers[1].Document);
        Assert.Null(decision.Mend);
    }

    [Fact]
    [Trait("Promise", "P-101")]
    public void A_threshold_counts_different_signers()
    {
        Assert.True(Judge(Signed.Policy(2, Signed.Cosign31(), Signed.Cosign25()), Both).IsAllowed);
        var one = Judge(Signed.Policy(2, Signed.Cosign31(), Signed.Cosign25()), Signed.Evidence("cosign25-sign-key"));
        Assert.False(one.IsAllowed);
        Assert.Contains("all of new (cosign, EcdsaP256 key", one.Why, StringComparison.Ordinal);
        Assert.Contains("1 signed; new: ", one.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DriftRule.Alert, DriftRule.Allow, DriftRule.Alert)]
    [InlineData(DriftRule.Alert, DriftRule.Deny, DriftRule.Deny)]
    public void The_strictest_word_about_drift_counts(DriftRule own, DriftRule others, DriftRule both)
    {
        var decision = Judge(Signed.Policy(1, Signed.Cosign25()) with { Drift = own }, Both);
        Assert.Equal(both, (decision with { DriftOfOthers = others }).Drift);
    }

    [Fact]
    public void Programs_of_an_image_that_no_policy_is_for_are_not_said_to_be_free() =>
        Assert.Equal(DriftRule.Deny, TrustEvaluator.Judge(null, Judge(Signed.Policy(1, Signed.Cosign25()), Both).Subject, Both, SameDay).Drift);

    [Fact]
    [Trait("Promise", "P-101")]
    public void One_key_under_two_names_counts_once() =>
        Assert.False(Judge(Signed.Policy(2, Signed.Cosign25("a"), Signed.Cosign25("b")), Both).IsAllowed);

    [Fact]
    [Trait("Promise", "P-100")]
    public void Without_a_policy_the_answer_is_no()
    {
        var decision = TrustEvaluator.Judge(null, Signed.Subject(), Both, Artefacts.Later);
        Assert.False(decision.IsAllowed);
        Assert.Contains("no trust policy is for 127.0.0.1:5500/test/bb", decision.Why, StringComparison.Ordinal);
        Assert.Contains("skerry trust add", decision.Mend!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_that_asks_for_nothing_lets_an_image_run_and_does_not_call_it_verified()
    {
        var decision = Judge(Signed.Policy(0), TrustEvidence.None);
        Assert.True(decision.IsAllowed);
        Assert.False(decision.IsVerified);
    }

    [Fact]
    public void An_unsigned_image_is_told_apart_from_one_that_somebody_else_signed()
    {
        var nothing = Judge(Signed.Policy(1, Signed.Cosign25()), TrustEvidence.None);
        Assert.Contains("no signature was found", nothing.Why, StringComparison.Ordinal);
        Assert.Contains("skerry image sign", nothing.Mend!, StringComparison.Ordinal);
        var other = Judge(Signed.Policy(1, Signed.Cosign31()), Signed.Evidence("cosign25-sign-key"));
        Assert.Contains("by none of the 1 key(s)", other.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signature_of_another_image_is_not_one_of_this()
    {
        var other = new TrustSubject(Signed.Name, [new Descriptor(MediaTypes.OciManifest, Artefacts.OtherImage.Digest, Artefacts.OtherImage.Content.Length)]);
        var decision = TrustEvaluator.Judge(Signed.Policy(1, Signed.Cosign25()), other, Both, Artefacts.Later);
        Assert.False(decision.IsAllowed);
        Assert.Contains("not about " + Artefacts.OtherImage.Digest, decision.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signature_of_the_index_is_one_of_the_manifest_in_it()
    {
        var inner = new Descriptor(MediaTypes.OciManifest, Artefacts.OtherImage.Digest, Artefacts.OtherImage.Content.Length);
        Assert.True(TrustEvaluator.Judge(Signed.Policy(1, Signed.Cosign25()), new TrustSubject(Signed.Name, [Artefacts.Manifest, inner]), Both, Artefacts.Later).IsVerified);
    }

    [Fact]
    public void A_signature_made_for_another_repository_counts_only_where_the_policy_lets_it()
    {
        var elsewhere = Signed.Subject(ImageReference.Parse("127.0.0.1:5500/test/other:v1"));
        Assert.True(TrustEvaluator.Judge(Signed.Policy(1, Signed.Cosign25()), elsewhere, Both, Artefacts.Later).IsVerified);
        var strict = Signed.Policy(1, Signed.Cosign25() with { SameRepository = true });
        Assert.Contains("made for 127.0.0.1:5500/test/bb", TrustEvaluator.Judge(strict, elsewhere, Both, Artefacts.Later).Why, StringComparison.Ordinal);
        Assert.True(Judge(strict, Both).IsVerified);
    }

    [Fact]
    [Trait("Promise", "P-107")]
    public void A_moved_tag_is_seen_by_its_pin_whoever_signed()
    {
        var pinned = Signed.Policy(1, Signed.Cosign25()) with { Pins = new Dictionary<string, Digest> { [Signed.Repository + ":v1"] = Artefacts.OtherImage.Digest }, Unverified = UnverifiedAction.Warn };
        var decision = Judge(pinned, Both);
        Assert.False(decision.IsAllowed);
        Assert.Contains("the tag was moved", decision.Why, StringComparison.Ordinal);
        Assert.True(Judge(pinned with { Pins = new Dictionary<string, Digest> { [Signed.Repository + ":v1"] = Artefacts.Image.Digest } }, Both).IsVerified);
    }

    [Theory]
    [InlineData(TagRule.Pinned, "is not pinned")]
    [InlineData(TagRule.Refused, "takes digests only")]
    public void A_policy_can_refuse_tags(TagRule rule, string why)
    {
        var policy = Signed.Policy(1, Signed.Cosign25()) with { Tags = rule };
        Assert.Contains(why, Judge(policy, Both).Why, StringComparison.Ordinal);
        Assert.True(TrustEvaluator.Judge(policy, Signed.Subject(Signed.Name.WithDigest(Artefacts.Image.Digest)), Both, Artefacts.Later).IsVerified);
    }

    [Fact]
    [Trait("Promise", "P-101")]
    public void An_attestation_that_is_demanded_must_be_there_be_signed_and_name_the_builder()
    {
        var signer = Signed.ByKey("ci", "cosign25-attest-key/c25.pub");
        var evidence = Signed.Evidence("cosign25-sign-key", "cosign25-attest-key");
        TrustPolicy Demanding(string? builder, CosignSigner by) => Signed.Policy(1, Signed.Cosign25(), signer) with { Attestations = [new AttestationDemand(Signed.Provenance, [by], "p.toml: line 20") { Builder = builder }] };

        Assert.True(Judge(Demanding(null, signer), evidence).IsVerified);
        Assert.Contains("must have an attestation " + Signed.Provenance, Judge(Demanding(null, signer), Signed.Evidence("cosign25-sign-key")).Why, StringComparison.Ordinal);
        Assert.Contains("by none of the 1 key(s)", Judge(Demanding(null, Signed.Cosign31("x")), evidence).Why, StringComparison.Ordinal);
        Assert.Contains("https://another.test/builder", Judge(Demanding("https://another.test/builder", signer), evidence).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void An_attestation_is_no_signature() =>
        Assert.False(Judge(Signed.Policy(1, Signed.ByKey("ci", "cosign25-attest-key/c25.pub")), Signed.Evidence("cosign25-attest-key")).IsAllowed);

    [Fact]
    public void Notation_is_judged_by_its_own_trust_policy_and_ends_with_its_certificates()
    {
        var policy = Signed.Policy(1, Notation("notation-jws"));
        var decision = TrustEvaluator.Judge(policy, Signed.Subject(), Signed.Evidence("notation-jws/artifact"), SameDay);
        Assert.True(decision.IsVerified, decision.Why);
        Assert.Equal(23, decision.GoodUntil!.Value.Day);
        Assert.False(TrustEvaluator.Judge(policy, Signed.Subject(), Signed.Evidence("notation-jws/artifact"), SameDay.AddDays(2)).IsAllowed);
    }

    [Fact]
    public void Grace_lets_an_image_that_was_verified_here_be_started_a_while_longer()
    {
        var policy = Signed.Policy(1, Notation("notation-jws")) with { Grace = TimeSpan.FromDays(7) };
        TrustDecision At(int days, bool before) => TrustEvaluator.Judge(policy, Signed.Subject(), Signed.Evidence("notation-jws/artifact"), SameDay.AddDays(days), before ? SameDay : null);

        Assert.True(At(0, false).IsVerified);
        Assert.False(At(2, false).IsAllowed);
        Assert.True(At(2, true) is { IsAllowed: true, IsInGrace: true, IsVerified: false });
        Assert.Equal(SameDay.Day + 8, At(2, true).GoodUntil!.Value.Day);
        Assert.False(At(9, true).IsAllowed);
    }

    [Fact]
    [Trait("Promise", "P-101")]
    public void A_level_of_notation_that_trusts_anybody_does_not_count_as_signed()
    {
        var audit = NotationTrustPolicy.Parse("""{"version":"1.0","trustPolicies":[{"name":"x","registryScopes":["*"],"signatureVerification":{"level":"audit"},"trustStores":["ca:wabbit-networks.io"],"trustedIdentities":["*"]}]}"""u8.ToArray());
        var signer = Notation("notation-jws");
        var decision = TrustEvaluator.Judge(Signed.Policy(1, signer with { Trust = signer.Trust with { Policy = audit } }), Signed.Subject(), Signed.Evidence("notation-jws/artifact"), SameDay);
        Assert.False(decision.IsAllowed);
        Assert.Contains("does not enforce who signed", decision.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Content_trust_is_one_signer_among_others_and_its_state_is_handed_on()
    {
        var signer = new ContentTrustSigner("dct", "p.toml: line 4", "/mirror", new ContentTrustPolicy { RootKeys = ["7e6873013444cb21229da46625b6507a945d63281a55d82b05f9ec727e75f1da"] });
        var evidence = TrustEvidence.None with { ContentTrust = static (_, gun) => gun == Signed.Repository ? (new MirrorDirectory(Artefacts.PathOf("notary-dct-delegations")), null) : null };
        var decision = TrustEvaluator.Judge(Signed.Policy(1, signer), Signed.Subject(), evidence, Artefacts.Later);
        Assert.True(decision.IsVerified, decision.Why);
        Assert.Equal(5, decision.Signers[0].State!.Versions["timestamp"]);
        Assert.Contains("without one", TrustEvaluator.Judge(Signed.Policy(1, signer), Signed.Subject(Signed.Name.WithDigest(Artefacts.Image.Digest)), evidence, Artefacts.Later).Why, StringComparison.Ordinal);
        Assert.Contains("no metadata of", TrustEvaluator.Judge(Signed.Policy(1, signer), Signed.Subject(ImageReference.Parse("127.0.0.1:5500/test/x:v1")), evidence, Artefacts.Later).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signature_of_unknown_or_too_great_age_is_refused_where_the_policy_asks_for_fresh_ones()
    {
        Assert.Contains("nothing proves when it was signed", Judge(Signed.Policy(1, Signed.Cosign25()) with { MaxAge = TimeSpan.FromDays(30) }, Both).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signature_of_the_end_of_time_is_judged_as_any_other()
    {
        var end = new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero);
        using var root = TestAuthority.Root("CN=root,O=Test,C=US,S=WA", end);
        using var leaf = root.Issue("CN=leaf,O=Test,C=US,S=WA").Leaf().Valid(TestAuthority.Start, end).Signed();
        var envelope = new TestNotation(leaf, root)
        {
            Scheme = "notary.x509.signingAuthority", SignedAt = null, AuthenticAt = end, Crit = """["io.cncf.notary.signingScheme","io.cncf.notary.authenticSigningTime"]""",
        }.Jws();
        var trust = TestNotation.Trust(root, stores: "\"signingAuthority:sa\"", more: [new TrustStore(TrustStoreKind.SigningAuthority, "sa", [root.Certificate])]);
        var evidence = new TrustEvidence([new FoundSignature("x", new Descriptor("application/jose+json", Digest.OfSha256(envelope), envelope.Length), envelope)]);
        var policy = Signed.Policy(1, new NotationSigner("authority", "p.toml: line 3", trust)) with { MaxAge = TimeSpan.FromDays(30), Grace = TimeSpan.FromDays(7) };
        var decision = TrustEvaluator.Judge(policy, Signed.Subject(), evidence, TestAuthority.Now);
        Assert.True(decision.IsVerified, decision.Why);
        Assert.True(decision.GoodUntil is null || decision.GoodUntil >= end);
        Assert.Equal(DateTimeOffset.MaxValue, new ProvenTime(end, TimeSpan.FromSeconds(5), "x").Latest);
    }

    [Fact]
    public void While_signing_is_introduced_a_policy_may_only_warn()
    {
        var decision = Judge(Signed.Policy(1, Signed.Cosign25()) with { Unverified = UnverifiedAction.Warn }, TrustEvidence.None);
        Assert.True(decision is { IsAllowed: true, IsVerified: false });
        Assert.Contains(decision.Sections.SelectMany(static s => s.Steps), static s => s.Outcome == StepOutcome.Warned);
    }

    [Fact]
    public void A_flood_of_signatures_costs_a_bounded_number_of_tries()
    {
        var one = Signed.Evidence("cosign25-sign-key").Signatures[0];
        var flood = new TrustEvidence([.. Enumerable.Repeat(one, 4000)]);
        Assert.Equal(TrustEvidence.MaxAttempts, Judge(Signed.Policy(1, Signed.Cosign31()), flood).Signers[0].Tried.Count);
    }

    private static TrustDecision Judge(TrustPolicy policy, TrustEvidence evidence) => TrustEvaluator.Judge(policy, Signed.Subject(), evidence, Artefacts.Later);

    private static NotationSigner Notation(string folder) => new("notary", "p.toml: line 3", new NotationTrust(
        NotationTrustPolicy.Parse(Artefacts.Bytes(folder + "/tp.json")),
        [new TrustStore(TrustStoreKind.Authority, "wabbit-networks.io", Certificate.FromPem(Artefacts.Text(folder + "/wabbit-networks.io.crt")))]));
}
