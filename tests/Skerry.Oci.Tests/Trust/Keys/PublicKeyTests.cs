using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math.EC.Rfc8032;
using Skerry.Oci.Trust.Keys;

namespace Skerry.Oci.Tests.Trust.Keys;

public sealed class PublicKeyTests
{
    private static readonly byte[] Message = "what is signed"u8.ToArray();

    public static TheoryData<string> Curves => ["nistP256", "nistP384", "nistP521"];

    [Theory]
    [MemberData(nameof(Curves))]
    public void ECDSA_is_verified_in_both_forms_and_never_in_the_other(string curve)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve));
        var mine = PublicKey.FromSpki(key.ExportSubjectPublicKeyInfo());
        foreach (var hash in (HashAlgorithmName[])[HashAlgorithmName.SHA256, HashAlgorithmName.SHA384, HashAlgorithmName.SHA512])
        {
            var der = key.SignData(Message, hash, DSASignatureFormat.Rfc3279DerSequence);
            var raw = key.SignData(Message, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            Assert.True(mine.Verify(new(SignatureForm.EcdsaDer, hash), Message, der));
            Assert.True(mine.Verify(new(SignatureForm.EcdsaRaw, hash), Message, raw));
            Assert.False(mine.Verify(new(SignatureForm.EcdsaDer, hash), Message, raw));
            Assert.False(mine.Verify(new(SignatureForm.EcdsaRaw, hash), Message, der));
        }
    }

    [Fact]
    public void RSA_is_verified_with_both_paddings_and_never_with_the_other()
    {
        using var key = RSA.Create(2048);
        var mine = PublicKey.FromSpki(key.ExportSubjectPublicKeyInfo());
        var pkcs1 = key.SignData(Message, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var pss = key.SignData(Message, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
        Assert.True(mine.Verify(new(SignatureForm.RsaPkcs1, HashAlgorithmName.SHA256), Message, pkcs1));
        Assert.True(mine.Verify(new(SignatureForm.RsaPss, HashAlgorithmName.SHA256), Message, pss));
        Assert.False(mine.Verify(new(SignatureForm.RsaPss, HashAlgorithmName.SHA256), Message, pkcs1));
        Assert.False(mine.Verify(new(SignatureForm.RsaPkcs1, HashAlgorithmName.SHA256), Message, pss));
        Assert.False(mine.Verify(new(SignatureForm.RsaPkcs1, HashAlgorithmName.SHA512), Message, pkcs1));
    }

    /// <summary>RFC 8032 §7.1, test 2.</summary>
    [Fact]
    public void Ed25519_agrees_with_its_test_vector()
    {
        var key = PublicKey.FromEd25519(Convert.FromHexString("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
        var signature = Convert.FromHexString("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
        Assert.True(key.Verify(SignatureScheme.Ed25519, [0x72], signature));
        Assert.False(key.Verify(SignatureScheme.Ed25519, [0x73], signature));
        Assert.False(key.Verify(SignatureScheme.Ed25519, [0x72], signature[..63]));
    }

    [Fact]
    public void A_key_of_one_kind_verifies_no_scheme_of_another()
    {
        using var rsa = RSA.Create(2048);
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var seed = new byte[Ed25519.SecretKeySize];
        var ed = new Ed25519PrivateKeyParameters(seed).GeneratePublicKey().GetEncoded();
        foreach (var key in (PublicKey[])[PublicKey.FromSpki(rsa.ExportSubjectPublicKeyInfo()), PublicKey.FromSpki(ecdsa.ExportSubjectPublicKeyInfo()), PublicKey.FromEd25519(ed)])
        {
            foreach (var form in Enum.GetValues<SignatureForm>())
            {
                var fits = (key.Kind, form) is (KeyKind.Rsa, SignatureForm.RsaPkcs1 or SignatureForm.RsaPss)
                    or (KeyKind.EcdsaP256, SignatureForm.EcdsaDer or SignatureForm.EcdsaRaw) or (KeyKind.Ed25519, SignatureForm.Ed25519);
                Assert.Equal(fits, key.Fits(new(form, HashAlgorithmName.SHA256)));
                Assert.False(key.Verify(new(form, HashAlgorithmName.SHA256), Message, new byte[64]));
            }

            Assert.False(key.Fits(new(SignatureForm.RsaPkcs1, HashAlgorithmName.SHA1)));
            Assert.False(key.Fits(new(SignatureForm.EcdsaDer, HashAlgorithmName.MD5)));
        }
    }

    [Fact]
    public void Weak_and_foreign_keys_are_refused()
    {
        using var small = RSA.Create(1024);
        Assert.Contains("1024 bits", Assert.Throws<OciFormatException>(() => PublicKey.FromSpki(small.ExportSubjectPublicKeyInfo())).Message, StringComparison.Ordinal);
        using var koblitz = ECDsa.Create(ECCurve.CreateFromValue("1.3.132.0.10"));
        Assert.Contains("curve", Assert.Throws<OciFormatException>(() => PublicKey.FromSpki(koblitz.ExportSubjectPublicKeyInfo())).Message, StringComparison.Ordinal);
        Assert.Throws<OciFormatException>(() => PublicKey.FromEd25519(new byte[32]));
        Assert.Throws<OciFormatException>(() => PublicKey.FromEd25519([1, .. new byte[31]]));
    }

    [Fact]
    public void A_point_that_is_not_on_the_curve_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var spki = key.ExportSubjectPublicKeyInfo();
        spki[^1] ^= 1;
        Assert.Throws<OciFormatException>(() => PublicKey.FromSpki(spki));
    }

    [Fact]
    public void Bytes_after_a_key_are_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Throws<OciFormatException>(() => PublicKey.FromSpki((byte[])[.. key.ExportSubjectPublicKeyInfo(), 0]));
    }

    [Fact]
    public void A_private_key_is_no_public_one()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Contains("PRIVATE KEY", Assert.Throws<OciFormatException>(() => PublicKey.FromPem(key.ExportPkcs8PrivateKeyPem())).Message, StringComparison.Ordinal);
    }
}
