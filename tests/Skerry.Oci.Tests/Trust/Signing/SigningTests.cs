using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;
using Skerry.Oci.Manifests;
using Skerry.Oci.Tests.Trust.Certificates;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Keys;
using Skerry.Oci.Trust.Notation;
using Skerry.Oci.Trust.Signing;
using Skerry.Oci.Trust.Sigstore;

namespace Skerry.Oci.Tests.Trust.Signing;

/// <summary>What is signed here is verified here; that the tools take it too is shown with the tools (Skerry.System.Tests).</summary>
public sealed class SigningTests
{
    private const string Repository = "registry.example/shop/web";

    public static TheoryData<string> Keys => ["p256", "p384", "p521", "rsa", "ed25519"];

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_signature_of_cosigns_kind_is_verified_with_each_kind_of_key(string kind)
    {
        using var key = SigningKey.Read(Pem(kind), "");
        foreach (var asReferrer in (bool[])[false, true])
        {
            var signed = CosignSigning.Sign(Artefacts.Manifest, Repository, new Dictionary<string, string> { ["env"] = "prod" }, key, asReferrer, null);
            var manifest = (ImageManifest)ManifestParser.Parse(signed.Manifest, null);
            Assert.Equal(asReferrer ? Artefacts.Image.Digest : null, manifest.Subject?.Digest);
            Assert.Equal(asReferrer ? null : $"sha256-{Artefacts.Image.Digest.Hex}.sig", signed.Tag);
            var policy = new SigstorePolicy { Keys = [key.Public], Repository = Repository, Annotations = new Dictionary<string, string> { ["env"] = "prod" } };
            Artefacts.Trusted(SigstoreVerifier.VerifyLayer(manifest.Layers[0], signed.Layers[0].Blob, Artefacts.Image, policy, Artefacts.Later));
        }
    }

    [Fact]
    public void A_second_signature_under_the_tag_leaves_the_first()
    {
        using var first = SigningKey.Read(Pem("p256"), "");
        using var second = SigningKey.Read(Pem("p384"), "");
        var before = (ImageManifest)ManifestParser.Parse(CosignSigning.Sign(Artefacts.Manifest, Repository, new Dictionary<string, string>(), first, false, null).Manifest, null);
        var after = (ImageManifest)ManifestParser.Parse(CosignSigning.Sign(Artefacts.Manifest, Repository, new Dictionary<string, string>(), second, false, before).Manifest, null);
        Assert.Equal(2, after.Layers.Count);
        Assert.Equal(before.Layers[0].Annotations, after.Layers[0].Annotations);
    }

    [Theory]
    [InlineData("p256")]
    [InlineData("p384")]
    [InlineData("p521")]
    [InlineData("rsa")]
    public void A_signature_of_notations_kind_is_verified_by_its_chain(string kind)
    {
        var (pem, chain) = Certified(kind);
        using var key = SigningKey.Read(pem, "");
        var signed = NotationSigning.Sign(Artefacts.Manifest, new Dictionary<string, string> { ["env"] = "prod" }, key, chain, Artefacts.Later, TimeSpan.FromDays(30), "tests");
        var verdict = Verify(signed, chain[^1], Artefacts.Later.AddDays(1));
        Artefacts.Trusted(verdict);
        Assert.Equal("prod", verdict.Annotations["env"]);
        Artefacts.Refused(Verify(signed, chain[^1], Artefacts.Later.AddDays(31)), "expiry", "expired");
    }

    [Fact]
    public void Notation_does_not_sign_with_a_chain_of_another_key_or_one_that_has_expired()
    {
        var (_, chain) = Certified("p256");
        using var other = SigningKey.Read(Pem("p256"), "");
        Assert.Contains("is of another key", Assert.Throws<OciFormatException>(() => NotationSigning.Sign(Artefacts.Manifest, new Dictionary<string, string>(), other, chain, Artefacts.Later, null, "tests")).Message, StringComparison.Ordinal);
        var (pem, mine) = Certified("p256");
        using var key = SigningKey.Read(pem, "");
        Assert.Contains("expired", Assert.Throws<OciFormatException>(() => NotationSigning.Sign(Artefacts.Manifest, new Dictionary<string, string>(), key, mine, Artefacts.Later.AddYears(30), null, "tests")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ENCRYPTED COSIGN PRIVATE KEY")]
    [InlineData("ENCRYPTED SIGSTORE PRIVATE KEY")]
    public void A_key_file_of_cosigns_form_opens_with_its_password_alone(string label)
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = Sealed(label, ecdsa.ExportPkcs8PrivateKey(), "test");
        using var key = SigningKey.Read(file, "test");
        Assert.Equal(PublicKey.FromPem(ecdsa.ExportSubjectPublicKeyInfoPem()), key.Public);
        Assert.Contains("password is wrong", Assert.Throws<OciFormatException>(() => SigningKey.Read(file, "Test")).Message, StringComparison.Ordinal);
        Assert.Contains("password is wrong", Assert.Throws<OciFormatException>(() => SigningKey.Read(file, "")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_encrypted_pkcs8_key_opens_with_its_password_alone()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = ecdsa.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));
        using var key = SigningKey.Read(file, "secret");
        Assert.Equal(PublicKey.FromPem(ecdsa.ExportSubjectPublicKeyInfoPem()), key.Public);
        Assert.Contains("is the password right?", Assert.Throws<OciFormatException>(() => SigningKey.Read(file, "other")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "no PEM block")]
    [InlineData("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", "openssl pkcs8 -topk8")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "a PEM block of PUBLIC KEY")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "")]
    [InlineData("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\ne30=\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n", "missing")]
    public void What_is_no_key_is_refused(string text, string why) =>
        Assert.Contains(why, Assert.Throws<OciFormatException>(() => SigningKey.Read(text, "x")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(1073741824, 8)]
    [InlineData(65536, 1)] // RFC 7914 section 2: N is below 2^16 for r = 1
    public void A_key_file_that_asks_for_too_much_work_or_for_what_scrypt_has_not_is_refused(int n, int r)
    {
        var (nonce, box) = (Convert.ToBase64String(new byte[24]), Convert.ToBase64String(new byte[32]));
        var json = $$"""{"kdf":{"name":"scrypt","params":{"N":{{n}},"r":{{r}},"p":1},"salt":"AAAA"},"cipher":{"name":"nacl/secretbox","nonce":"{{nonce}}"},"ciphertext":"{{box}}"}""";
        var file = $"-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----\n{Convert.ToBase64String(Encoding.UTF8.GetBytes(json))}\n-----END ENCRYPTED COSIGN PRIVATE KEY-----\n";
        Assert.Contains("work factors", Assert.Throws<OciFormatException>(() => SigningKey.Read(file, "x")).Message, StringComparison.Ordinal);
    }

    /// <summary>A key as cosign keeps it: scrypt, then NaCl's secretbox (XSalsa20 and Poly1305).</summary>
    private static string Sealed(string label, byte[] pkcs8, string password)
    {
        var (salt, nonce) = (RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(24));
        var secret = SCrypt.Generate(Encoding.UTF8.GetBytes(password), salt, 65536, 8, 1, 32);
        var cipher = new XSalsa20Engine();
        cipher.Init(true, new ParametersWithIV(new KeyParameter(secret), nonce));
        var stream = new byte[32 + pkcs8.Length];
        cipher.ProcessBytes([.. new byte[32], .. pkcs8], 0, stream.Length, stream, 0);
        var mac = new Poly1305();
        mac.Init(new KeyParameter(stream, 0, 32));
        mac.BlockUpdate(stream, 32, pkcs8.Length);
        var tag = new byte[16];
        mac.DoFinal(tag, 0);
        var json = $$"""{"kdf":{"name":"scrypt","params":{"N":65536,"r":8,"p":1},"salt":"{{Convert.ToBase64String(salt)}}"},"cipher":{"name":"nacl/secretbox","nonce":"{{Convert.ToBase64String(nonce)}}"},"ciphertext":"{{Convert.ToBase64String([.. tag, .. stream[32..]])}}"}""";
        return PemEncoding.WriteString(label, Encoding.UTF8.GetBytes(json)) + "\n";
    }

    private static Skerry.Oci.Trust.Verdict Verify(SignatureArtifact signed, Certificate root, DateTimeOffset now)
    {
        var policy = NotationTrustPolicy.Parse("""{"version":"1.0","trustPolicies":[{"name":"x","registryScopes":["*"],"signatureVerification":{"level":"strict"},"trustStores":["ca:x"],"trustedIdentities":["*"]}]}"""u8.ToArray());
        var trust = new NotationTrust(policy, [new TrustStore(TrustStoreKind.Authority, "x", [root])]);
        return NotationVerifier.Verify(signed.Layers[0].Blob, signed.Layers[0].Layer.MediaType, new NotationTarget(Artefacts.Manifest, Repository), trust, now);
    }

    private static string Pem(string kind)
    {
        if (kind == "ed25519")
        {
            // RFC 8410 §10.3
            return "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
        }

        using AsymmetricAlgorithm key = Key(kind);
        return key.ExportPkcs8PrivateKeyPem();
    }

    private static AsymmetricAlgorithm Key(string kind) => kind switch
    {
        "p256" => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        "p384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        "p521" => ECDsa.Create(ECCurve.NamedCurves.nistP521),
        _ => RSA.Create(2048),
    };

    private static (string Pem, IReadOnlyList<Certificate> Chain) Certified(string kind)
    {
        using var root = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=root,O=o,ST=s,C=c", root, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new System.Security.Cryptography.X509Certificates.X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new System.Security.Cryptography.X509Certificates.X509KeyUsageExtension(System.Security.Cryptography.X509Certificates.X509KeyUsageFlags.KeyCertSign, true));
        using var authority = request.CreateSelfSigned(Artefacts.Later.AddYears(-1), Artefacts.Later.AddYears(20));
        using var key = Key(kind);
        var leaf = key is RSA rsa
            ? new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=leaf,O=o,ST=s,C=c", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=leaf,O=o,ST=s,C=c", (ECDsa)key, HashAlgorithmName.SHA256);
        leaf.CertificateExtensions.Add(new System.Security.Cryptography.X509Certificates.X509KeyUsageExtension(System.Security.Cryptography.X509Certificates.X509KeyUsageFlags.DigitalSignature, true));
        var generator = System.Security.Cryptography.X509Certificates.X509SignatureGenerator.CreateForECDsa(root);
        using var certificate = leaf.Create(authority.SubjectName, generator, Artefacts.Later.AddYears(-1), Artefacts.Later.AddYears(10), [1, 2, 3]);
        return (key.ExportPkcs8PrivateKeyPem(), [Certificate.FromDer(certificate.RawData), Certificate.FromDer(authority.RawData)]);
    }
}
