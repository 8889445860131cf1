using System.Text;
using System.Text.Json.Nodes;
using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Sigstore;

namespace Skerry.Oci.Tests.Trust.Sigstore;

/// <summary>A keyless signature of cosign 2.5: certificate of ten minutes with a certificate timestamp, entry of a log with its promise.</summary>
public sealed class KeylessTests
{
    private const string LogBundle = "dev.sigstore.cosign/bundle";
    private const string CertificateKey = "dev.sigstore.cosign/certificate";

    private static readonly TrustedRoot Root = TrustedRoot.Parse(Artefacts.Bytes("cosign25-keyless/tr.json"));

    private static readonly SigstorePolicy Policy = new()
    {
        Root = Root,
        LogEntries = 1,
        Identities = [new CertificateIdentity(NamePattern.Exact("https://issuer.example.test"), NamePattern.Exact("https://ci.example.test/build@refs/heads/main"))],
    };

    private readonly Descriptor _layer = Artefacts.Layers("cosign25-keyless")[0].Layer;
    private readonly byte[] _blob = Artefacts.Layers("cosign25-keyless")[0].Blob;

    [Fact]
    public void The_certificate_is_judged_at_the_time_of_signing_not_now()
    {
        var verdict = Verify(Policy);
        Artefacts.Trusted(verdict);
        Assert.Equal("https://ci.example.test/build@refs/heads/main", verdict.Signer!.Subject);
        Assert.Equal("https://issuer.example.test", verdict.Signer.Issuer);
        Assert.Equal(new DateTimeOffset(2026, 11, 22, 19, 16, 18, TimeSpan.Zero), verdict.SignedAt);
        Assert.Null(verdict.GoodUntil);
    }

    [Fact]
    public void Without_a_log_the_present_time_is_too_late_for_the_certificate()
    {
        var noLog = Policy with { LogEntries = 0, Root = Root with { Logs = [] } };
        Artefacts.Refused(Verify(noLog), "time of signing");
        Artefacts.Refused(Verify(noLog with { AcceptPresentTime = true }), "certificate chain", "expired");
    }

    [Theory]
    [InlineData("https://issuer.example.test", "https://ci.example.test/.*", true)]
    [InlineData("https://issuer.example.test", "https://ci.example.test/build@refs/heads/(main|release)", true)]
    [InlineData("https://issuer.example.test", "ci.example.test", false)]
    [InlineData("https://issuer.example.tes", "https://ci.example.test/.*", false)]
    [InlineData("https://issuer.example.test", "https://ci.example.test/build", false)]
    public void Expressions_must_match_the_whole_subject(string issuer, string subject, bool trusted)
    {
        var verdict = Verify(Policy with { Identities = [new CertificateIdentity(NamePattern.Exact(issuer), NamePattern.Expression(subject))] });
        Assert.Equal(trusted, verdict.IsTrusted);
        if (!trusted)
        {
            Artefacts.Refused(verdict, "identity");
        }
    }

    [Fact]
    public void An_authority_that_is_not_trusted_is_refused()
    {
        using var stranger = Certificates.TestAuthority.Root("CN=sigstore,O=sigstore.mock");
        Artefacts.Refused(Verify(Policy with { Root = Root with { CertificateAuthorities = [CertificateAuthority.Of([stranger.Certificate])] } }), "certificate chain");
        Artefacts.Refused(Verify(Policy with { Root = Root with { CertificateAuthorities = [] } }), "certificate chain", "no certificate authority");
    }

    [Fact]
    public void An_authority_that_was_trusted_at_other_times_is_refused()
    {
        var authority = Root.CertificateAuthorities[0];
        var before = new ValidPeriod(DateTimeOffset.MinValue, new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero));
        Artefacts.Refused(Verify(Policy with { Root = Root with { CertificateAuthorities = [authority with { ValidFor = before }] } }), "certificate chain", "not trusted at");
        Artefacts.Refused(Verify(Policy with { Root = Root with { Logs = [Root.Logs[0] with { ValidFor = before }] } }), "transparency log", "not trusted at");
    }

    [Fact]
    public void A_certificate_that_no_log_of_certificates_had_is_refused() =>
        Artefacts.Refused(Verify(Policy with { Root = Root with { CertificateLogs = Root.Logs } }), "certificate log", "0 logs");

    [Fact]
    public void A_certificate_log_with_the_right_name_and_another_key_is_refused()
    {
        var forged = Root.CertificateLogs[0] with { Key = Root.Logs[0].Key };
        Artefacts.Refused(Verify(Policy with { Root = Root with { CertificateLogs = [forged] } }), "certificate log", "0 logs");
    }

    [Fact]
    public void A_log_with_the_right_name_and_another_key_is_refused()
    {
        var forged = Root.Logs[0] with { Key = Root.CertificateLogs[0].Key };
        Artefacts.Refused(Verify(Policy with { Root = Root with { Logs = [forged] } }), "transparency log", "not by the key");
    }

    [Fact]
    public void A_signature_by_a_bare_key_has_no_identity()
    {
        var (layer, blob) = Artefacts.Layers("cosign25-sign-key")[0];
        Artefacts.Refused(SigstoreVerifier.VerifyLayer(layer, blob, Artefacts.Image, Policy, Artefacts.Later), "who may sign", "bare key");
    }

    [Theory]
    [InlineData("integratedTime", "1795374979", "not by the key")]
    [InlineData("logIndex", "368851", "not by the key")]
    [InlineData("logIndex", "-1", "negative")]
    public void What_the_log_promised_cannot_be_changed(string name, string value, string why) =>
        Assert.Contains(why, Verify(Policy, Changed(b => b["Payload"]![name] = long.Parse(value, System.Globalization.CultureInfo.InvariantCulture))).Failure!.Why, StringComparison.Ordinal);

    [Fact]
    public void The_entry_of_another_signature_is_refused()
    {
        // promised by the log, and of the same key and content: only the signature is another
        var other = Changed(b => b["Payload"]!["body"] = Convert.ToBase64String(Artefacts.Replaced(Convert.FromBase64String(b["Payload"]!["body"]!.GetValue<string>()), "MEYCIQC4q8", "MEYCIQC4q9")));
        Artefacts.Refused(Verify(Policy, other), "transparency log");
    }

    [Fact]
    public void Every_flipped_bit_of_the_certificate_is_seen()
    {
        var der = Certificate.FromPem(_layer.Annotations[CertificateKey])[0].Raw.ToArray();
        Flips.NoneIsTrusted(der, d => Verify(Policy, Artefacts.Annotated(_layer, CertificateKey, $"-----BEGIN CERTIFICATE-----\n{Convert.ToBase64String(d)}\n-----END CERTIFICATE-----\n")));
    }

    [Fact]
    public void Flipped_bits_of_the_log_bundle_are_seen() =>
        Flips.NoneIsTrusted(Encoding.UTF8.GetBytes(_layer.Annotations[LogBundle]), b => Verify(Policy, Artefacts.Annotated(_layer, LogBundle, Encoding.UTF8.GetString(b))));

    [Theory]
    [InlineData("\"keyDetails\":\"PKIX_ECDSA_P256_SHA_256\"", "\"keyDetails\":\"PKIX_ED25519\"", "not what the key is")]
    [InlineData("version=0.1", "version=9", "mediaType")]
    [InlineData("\"hashAlgorithm\":\"SHA2_256\"", "\"hashAlgorithm\":\"SHA2_512\"", "only SHA2_256")]
    [InlineData("\"tlogs\":", "\"ctlogs\":[],\"tlogs\":", "occurs twice")]
    [InlineData("\"validFor\":{\"start\":\"2020-01-01T00:00:00Z\"}", "\"validFor\":{}", "validFor.start")]
    public void A_trusted_root_that_breaks_the_format_is_refused(string old, string with, string why) =>
        Assert.Contains(why, Assert.Throws<OciFormatException>(() => TrustedRoot.Parse(Artefacts.Replaced(Artefacts.Bytes("cosign25-keyless/tr.json"), old, with))).Message, StringComparison.Ordinal);

    private Verdict Verify(SigstorePolicy policy, Descriptor? layer = null) => SigstoreVerifier.VerifyLayer(layer ?? _layer, _blob, Artefacts.Image, policy, Artefacts.Later);

    private Descriptor Changed(Action<JsonNode> change)
    {
        var bundle = JsonNode.Parse(_layer.Annotations[LogBundle])!;
        change(bundle);
        return Artefacts.Annotated(_layer, LogBundle, bundle.ToJsonString());
    }
}
