using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Skerry.Oci.Tests.Trust.Certificates;
using Skerry.Oci.Tests.Trust.Notation;
using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Notation;
using Skerry.Oci.Trust.Revocation;

namespace Skerry.Oci.Tests.Trust.Revocation;

public sealed class RevocationTests : IDisposable
{
    private static readonly DateTimeOffset Now = TestAuthority.Now;
    private static readonly X509Extension Revocable = CertificateRevocationListBuilder.BuildCrlDistributionPointExtension(["http://crl.example.test/ca.crl"]);

    private readonly TestAuthority _root = TestAuthority.Root();
    private readonly TestAuthority _leaf;
    private readonly TestAuthority _fixed;

    public RevocationTests()
    {
        _leaf = _root.Issue("CN=leaf").Leaf().With(Revocable).Signed();
        _fixed = _root.Issue("CN=fixed").Leaf().Signed();
    }

    [Fact]
    public void A_list_says_which_certificates_are_revoked()
    {
        Assert.Equal(RevocationState.Good, Of(List([])).State);
        Assert.Equal(Now.AddDays(7), Of(List([])).GoodUntil);
        Assert.Equal(RevocationState.Revoked, Of(List([_fixed, _leaf])).State);
        Assert.Equal(RevocationState.Good, Of(List([_fixed])).State);
    }

    [Fact]
    public void Without_a_list_the_state_is_unknown_unless_nobody_can_revoke()
    {
        Assert.Equal(RevocationState.Unknown, Of().State);
        Assert.Equal(RevocationState.NotRevocable, RevocationCheck.Of(_fixed.Certificate, _root.Certificate, RevocationEvidence.None, Now).State);
        Assert.Equal(RevocationState.Revoked, RevocationCheck.Of(_fixed.Certificate, _root.Certificate, new RevocationEvidence { Lists = [List([_fixed])] }, Now).State);
    }

    [Fact]
    public void A_list_that_is_too_old_too_new_forged_or_broken_says_nothing()
    {
        using var stranger = TestAuthority.Root();
        Assert.Contains("good until", Of(List([], Now.AddDays(-30))).Why, StringComparison.Ordinal);
        Assert.Equal(RevocationState.Unknown, Of(List([], Now.AddDays(30))).State);
        Assert.Contains("not signed by its key", Of(List([], key: stranger)).Why, StringComparison.Ordinal);
        Assert.Equal(RevocationState.Unknown, Of("garbage"u8.ToArray()).State);
        Assert.Equal(RevocationState.Unknown, Of([]).State);
        foreach (var flipped in Flips.Of(List([_leaf])))
        {
            Assert.NotEqual(RevocationState.Good, Of(flipped).State);
        }
    }

    [Fact]
    public void A_newer_list_that_is_good_does_not_hide_one_that_revokes() => Assert.Equal(RevocationState.Revoked, Of(List([]), List([_leaf])).State);

    [Fact]
    public void Notation_refuses_what_is_revoked_or_unknown()
    {
        var jws = new TestNotation(_leaf, _root).Jws();
        Verdict Verify(RevocationEvidence evidence, string level = "strict") =>
            NotationVerifier.Verify(jws, "application/jose+json", TestNotation.Target, TestNotation.Trust(_root, $"\"level\":\"{level}\"") with { Revocation = evidence }, Now);

        var good = Verify(new RevocationEvidence { Lists = [List([])] });
        Artefacts.Trusted(good);
        Assert.Equal(Now.AddDays(7), good.GoodUntil);
        Artefacts.Refused(Verify(new RevocationEvidence { Lists = [List([_leaf])] }), "revocation", "was revoked");
        Artefacts.Refused(Verify(RevocationEvidence.None), "revocation", "is on disk");
        Artefacts.Trusted(Verify(new RevocationEvidence { Lists = [List([_leaf])] }, "permissive"));
    }

    /// <summary>openssl is the responder: it signs as the issuer, or with a certificate that the issuer made for that.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_OCSP_answer_says_whether_a_certificate_is_revoked(bool delegated)
    {
        Assert.SkipUnless(OpenSsl.IsThere, "openssl is not installed");
        using var openSsl = new OpenSsl();
        using var responder = _root.Issue("CN=responder").Leaf("1.3.6.1.5.5.7.3.9").Valid(TestAuthority.Start, DateTimeOffset.UtcNow.AddYears(1)).Signed();
        using var stranger = TestAuthority.Root("CN=stranger");
        var signer = delegated ? responder : _root;
        var good = Answer(openSsl, signer, revoked: false);
        var revoked = Answer(openSsl, signer, revoked: true);
        var now = DateTimeOffset.UtcNow; // an answer is not yet good before it was made
        RevocationFinding Finding(byte[] answer, TestAuthority? of = null, DateTimeOffset? at = null) =>
            RevocationCheck.Of((of ?? _leaf).Certificate, _root.Certificate, new RevocationEvidence { Answers = [answer] }, at ?? now);

        Assert.Equal(RevocationState.Good, Finding(good).State);
        Assert.Equal(RevocationState.Revoked, Finding(revoked).State);
        Assert.Equal(RevocationState.Unknown, Finding(good, at: now.AddDays(30)).State);
        using var other = _root.Issue("CN=other").Leaf().With(Revocable).Signed();
        Assert.Equal(RevocationState.Unknown, Finding(good, other).State);
        Assert.Contains("signed neither by", Finding(Answer(openSsl, stranger, revoked: false)).Why, StringComparison.Ordinal);
        Assert.Contains("signed neither by", Finding(Answer(openSsl, _fixed, revoked: false)).Why, StringComparison.Ordinal);
        foreach (var flipped in Flips.Of(revoked))
        {
            Assert.NotEqual(RevocationState.Good, Finding(flipped).State);
        }
    }

    public void Dispose()
    {
        _leaf.Dispose();
        _fixed.Dispose();
        _root.Dispose();
    }

    private RevocationFinding Of(params byte[][] lists) =>
        RevocationCheck.Of(_leaf.Certificate, _root.Certificate, new RevocationEvidence { Lists = [.. lists.Select(static l => new ReadOnlyMemory<byte>(l))] }, Now);

    private byte[] List(TestAuthority[] revoked, DateTimeOffset? start = null, TestAuthority? key = null)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (var certificate in revoked)
        {
            builder.AddEntry(certificate.Certificate.Serial.Span, Now.AddDays(-1));
        }

        var since = start ?? Now.AddHours(-1);
        using var issuer = (key ?? _root).WithKey;
        return builder.Build(issuer, 1, (start ?? Now).AddDays(7), HashAlgorithmName.SHA256, thisUpdate: since);
    }

    private byte[] Answer(OpenSsl openSsl, TestAuthority signer, bool revoked)
    {
        static string Pem(ReadOnlyMemory<byte> der) => new(PemEncoding.Write("CERTIFICATE", der.Span));
        openSsl.Write("ca.crt", Pem(_root.Certificate.Raw));
        openSsl.Write("leaf.crt", Pem(_leaf.Certificate.Raw));
        openSsl.Write("signer.crt", Pem(signer.Certificate.Raw));
        openSsl.Write("signer.key", signer.Key.ExportPkcs8PrivateKeyPem());
        var serial = Convert.ToHexString(_leaf.Certificate.Serial.Span);
        openSsl.Write("index.txt", revoked ? $"R\t360101000000Z\t260101000000Z\t{serial}\tunknown\t/CN=leaf\n" : $"V\t360101000000Z\t\t{serial}\tunknown\t/CN=leaf\n");
        openSsl.Run("ocsp -issuer ca.crt -cert leaf.crt -no_nonce -reqout request.der");
        openSsl.Run("ocsp -index index.txt -CA ca.crt -rsigner signer.crt -rkey signer.key -reqin request.der -respout answer.der -ndays 7");
        return openSsl.Bytes("answer.der");
    }
}
