using Skerry.Oci.Tests.Trust.Certificates;
using Skerry.Oci.Tests.Trust.Notation;
using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Notation;
using Skerry.Oci.Trust.Timestamps;

namespace Skerry.Oci.Tests.Trust.Timestamps;

/// <summary>Time stamps that openssl makes, with certificates of our own.</summary>
public sealed class TimestampTokenTests : IDisposable
{
    private const string Use = "1.3.6.1.5.5.7.3.8";
    private static readonly byte[] Message = "a signature"u8.ToArray();

    private readonly OpenSsl _openSsl = new();
    private readonly TestAuthority _root = TestAuthority.Root("CN=tsa root", DateTimeOffset.UtcNow.AddYears(5));

    public TimestampTokenTests() => Assert.SkipUnless(OpenSsl.IsThere, "openssl is not installed");

    [Fact]
    public void An_answer_and_its_token_are_taken()
    {
        using var signer = Signer();
        var answer = Stamp(signer, Message);
        var time = TimestampToken.Verify(answer, Message, [CertificateAuthority.Of([_root.Certificate])]);
        Assert.Equal(DateTimeOffset.UtcNow, time.Time, TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.FromSeconds(1), time.Accuracy);
        _openSsl.Run("ts -reply -in answer.tsr -token_out -out token.der");
        Assert.Equal(time, TimestampToken.Verify(_openSsl.Bytes("token.der"), Message, [CertificateAuthority.Of([_root.Certificate])]));
    }

    [Fact]
    public void A_stamp_over_something_else_is_refused()
    {
        using var signer = Signer();
        Refused(Stamp(signer, Message), "not over this signature", message: "another"u8.ToArray());
    }

    [Fact]
    public void A_stamp_by_nobody_who_is_trusted_is_refused()
    {
        using var signer = Signer();
        using var other = TestAuthority.Root("CN=tsa root", DateTimeOffset.UtcNow.AddYears(5));
        var stamp = Stamp(signer, Message);
        Refused(stamp, "not signed by its key", other);
        Assert.Throws<TrustException>(() => TimestampToken.Verify(stamp, Message, []));
    }

    [Fact]
    public void A_stamp_by_an_authority_that_is_not_trusted_any_more_is_refused()
    {
        using var signer = Signer();
        var past = new CertificateAuthority(_root.Certificate, [], new ValidPeriod(DateTimeOffset.MinValue, DateTimeOffset.UtcNow.AddDays(-1)));
        Assert.Contains("not trusted at", Assert.Throws<TrustException>(() => TimestampToken.Verify(Stamp(signer, Message), Message, [past])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Flipped_bits_of_a_stamp_are_seen_or_change_nothing()
    {
        using var signer = Signer();
        var stamp = Stamp(signer, Message);
        var right = TimestampToken.Verify(stamp, Message, [CertificateAuthority.Of([_root.Certificate])]);
        foreach (var flipped in Flips.Of(stamp))
        {
            try
            {
                Assert.Equal(right.Time, TimestampToken.Verify(flipped, Message, [CertificateAuthority.Of([_root.Certificate])]).Time);
            }
            catch (Exception e) when (Inquiry.IsRefusal(e))
            {
            }
        }
    }

    [Fact]
    public void Notation_takes_the_stamp_when_the_certificate_has_expired()
    {
        using var signer = Signer();
        using var ca = TestAuthority.Root("CN=ca", DateTimeOffset.UtcNow.AddDays(1));
        using var leaf = ca.Issue("CN=leaf").Leaf().Valid(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1)).Signed();
        var later = DateTimeOffset.UtcNow.AddYears(1);
        var jws = new TestNotation(leaf, ca) { SignedAt = DateTimeOffset.UtcNow }.Jws();
        var stamped = Artefacts.Replaced(jws, "\"header\":{", $"\"header\":{{\"io.cncf.notary.timestampSignature\":\"{Convert.ToBase64String(Stamp(signer, SignatureOf(jws)))}\",");
        var trust = TestNotation.Trust(ca, stores: "\"ca:test\",\"tsa:t\"", more: [new TrustStore(TrustStoreKind.Timestamping, "t", [_root.Certificate])]);

        var verdict = NotationVerifier.Verify(stamped, "application/jose+json", TestNotation.Target, trust, later);
        Artefacts.Trusted(verdict);
        Assert.Equal(DateTimeOffset.UtcNow, verdict.SignedAt!.Value, TimeSpan.FromMinutes(1));
        Artefacts.Refused(NotationVerifier.Verify(jws, "application/jose+json", TestNotation.Target, trust, later), "authentic timestamp", "has none");
        Artefacts.Refused(NotationVerifier.Verify(stamped, "application/jose+json", TestNotation.Target, TestNotation.Trust(ca), later), "authentic timestamp", "expired");
        var other = Artefacts.Replaced(jws, "\"header\":{", $"\"header\":{{\"io.cncf.notary.timestampSignature\":\"{Convert.ToBase64String(Stamp(signer, Message))}\",");
        Artefacts.Refused(NotationVerifier.Verify(other, "application/jose+json", TestNotation.Target, trust, later), "authentic timestamp", "not over this signature");
    }

    public void Dispose()
    {
        _openSsl.Dispose();
        _root.Dispose();
    }

    private static byte[] SignatureOf(byte[] jws)
    {
        using var document = System.Text.Json.JsonDocument.Parse(jws);
        return System.Buffers.Text.Base64Url.DecodeFromChars(document.RootElement.GetProperty("signature").GetString());
    }

    private TestAuthority Signer() => _root.Issue("CN=tsa").Leaf(Use).Valid(TestAuthority.Start, DateTimeOffset.UtcNow.AddYears(1)).Signed();

    private byte[] Stamp(TestAuthority signer, byte[] message)
    {
        _openSsl.Write("tsa.key", signer.Key.ExportPkcs8PrivateKeyPem());
        _openSsl.Write("tsa.crt", new string(System.Security.Cryptography.PemEncoding.Write("CERTIFICATE", signer.Certificate.Raw.Span)));
        _openSsl.Write("message", message);
        _openSsl.Write("serial", "01");
        _openSsl.Write("ts.cnf", """
            [tsa]
            default_tsa = t
            [t]
            serial = serial
            signer_cert = tsa.crt
            signer_key = tsa.key
            signer_digest = sha256
            default_policy = 1.2.3.4
            digests = sha256
            accuracy = secs:1
            ess_cert_id_alg = sha256
            """);
        _openSsl.Run("ts -query -data message -sha256 -cert -out query.tsq");
        _openSsl.Run("ts -reply -config ts.cnf -queryfile query.tsq -out answer.tsr");
        return _openSsl.Bytes("answer.tsr");
    }

    private void Refused(byte[] stamp, string why, TestAuthority? root = null, byte[]? message = null) =>
        Assert.Contains(why, Assert.Throws<TrustException>(() => TimestampToken.Verify(stamp, message ?? Message, [CertificateAuthority.Of([(root ?? _root).Certificate])])).Message, StringComparison.Ordinal);
}
