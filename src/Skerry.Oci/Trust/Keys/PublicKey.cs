using System.Formats.Asn1;
using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc8032;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Keys;

/// <summary>A public key that signatures are checked with.</summary>
/// <remarks>
/// Immutable, and safe to use by several threads. Keys that are too weak (RSA below 2048 bits, curves other than NIST's three and
/// Ed25519) or absurd (RSA above 8192 bits, exponents above 32 bits) are refused when they are read. The library's handle within
/// is freed by its finalizer.
/// </remarks>
public sealed class PublicKey : IEquatable<PublicKey>
{
    private const string Format = "public key";
    private const string EcPublicKey = "1.2.840.10045.2.1"; // RFC 5480 §2.1.1
    private const string RsaEncryption = "1.2.840.113549.1.1.1"; // RFC 3279 §2.3.1
    private const string IdEd25519 = "1.3.101.112"; // RFC 8410 §3
    private const int Ed25519Length = 32;
    private const int MinRsaBits = 2048;
    private const int MaxRsaBits = 8192;
    private const int MaxExponentBytes = 4;
    private const int MaxSpki = 4096;

    private readonly byte[] _spki;
    private readonly byte[] _raw; // the 32 bytes of Ed25519; empty for others
    private readonly AsymmetricAlgorithm? _imported; // the library's own form, which is dear to make; null for Ed25519
    private readonly Lock _use = new(); // guards _imported: its methods are not for several threads at once

    private PublicKey(KeyKind kind, byte[] spki, byte[] raw, int bits, AsymmetricAlgorithm? imported)
    {
        (Kind, _spki, _raw, Bits, _imported) = (kind, spki, raw, bits, imported);
        Id = Convert.ToHexStringLower(SHA256.HashData(spki));
    }

    /// <summary>What kind of key it is.</summary>
    public KeyKind Kind { get; }

    /// <summary>Bits of the modulus or the curve.</summary>
    public int Bits { get; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo in lower-case hex.</summary>
    public string Id { get; }

    /// <summary>The SubjectPublicKeyInfo in DER.</summary>
    public ReadOnlyMemory<byte> Spki => _spki;

    /// <summary>Reads a SubjectPublicKeyInfo in DER.</summary>
    /// <exception cref="OciFormatException">It is not one, or a key that is not taken.</exception>
    public static PublicKey FromSpki(ReadOnlyMemory<byte> der)
    {
        try
        {
            return Read(der);
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            throw new OciFormatException(Format, null, "not a public key in DER: " + e.Message, e);
        }
    }

    /// <summary>Reads the one block <c>PUBLIC KEY</c> of a PEM text.</summary>
    /// <exception cref="OciFormatException">It is not one, or a key that is not taken.</exception>
    public static PublicKey FromPem(string pem)
    {
        ArgumentNullException.ThrowIfNull(pem);
        return FromSpki(PemText.Single(Format, pem, PemText.PublicKey));
    }

    /// <summary>An Ed25519 key from its 32 bytes.</summary>
    /// <exception cref="OciFormatException">It has another length, or is no point of the curve.</exception>
    public static PublicKey FromEd25519(ReadOnlySpan<byte> raw)
    {
        // RFC 8410 §4: SEQUENCE { SEQUENCE { 1.3.101.112 }, BIT STRING }
        ReadOnlySpan<byte> prefix = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
        return FromSpki((byte[])[.. prefix, .. raw]);
    }

    /// <summary>An RSA key from its PKCS #1 form, modulus and exponent alone (RFC 8017 A.1.1).</summary>
    /// <exception cref="OciFormatException">It is not one, or a key that is not taken.</exception>
    public static PublicKey FromPkcs1(ReadOnlySpan<byte> der)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(RsaEncryption);
                writer.WriteNull();
            }

            writer.WriteBitString(der);
        }

        return FromSpki(writer.Encode());
    }

    /// <summary>Whether a signature over a message is this key's.</summary>
    /// <returns>False for a wrong signature, and for a scheme that is not of this key's kind.</returns>
    public bool Verify(SignatureScheme scheme, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length > TrustLimits.MaxSignature || !Fits(scheme))
        {
            return false;
        }

        if (Kind == KeyKind.Ed25519)
        {
            return signature.Length == Ed25519.SignatureSize && Ed25519.Verify(signature.ToArray(), 0, _raw, 0, message.ToArray(), 0, message.Length);
        }

        Span<byte> hash = stackalloc byte[SHA512.HashSizeInBytes];
        var length = CryptographicOperations.HashData(scheme.Hash, message, hash);
        return VerifyHash(scheme, hash[..length], signature);
    }

    /// <summary>As <see cref="Verify"/>, for a message of which only the hash is known. Ed25519 cannot do that: false.</summary>
    public bool VerifyHash(SignatureScheme scheme, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        if (signature.Length > TrustLimits.MaxSignature || !Fits(scheme) || Kind == KeyKind.Ed25519)
        {
            return false;
        }

        try
        {
            lock (_use)
            {
                return _imported switch
                {
                    RSA rsa => rsa.VerifyHash(hash, signature, scheme.Hash, scheme.Form == SignatureForm.RsaPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1),
                    ECDsa ecdsa => ecdsa.VerifyHash(hash, signature, scheme.Form == SignatureForm.EcdsaDer ? DSASignatureFormat.Rfc3279DerSequence : DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
                    _ => false,
                };
            }
        }
        catch (CryptographicException)
        {
            return false; // bytes that are not even laid out as a signature
        }
    }

    /// <summary>Whether a scheme belongs to this kind of key.</summary>
    public bool Fits(SignatureScheme scheme) => (Kind, scheme.Form) switch
    {
        (KeyKind.Rsa, SignatureForm.RsaPkcs1 or SignatureForm.RsaPss) => IsStrong(scheme.Hash),
        (KeyKind.Ed25519, SignatureForm.Ed25519) => true,
        (KeyKind.EcdsaP256 or KeyKind.EcdsaP384 or KeyKind.EcdsaP521, SignatureForm.EcdsaDer or SignatureForm.EcdsaRaw) => IsStrong(scheme.Hash),
        _ => false,
    };

    /// <summary>The hash that goes with the strength of the key.</summary>
    public HashAlgorithmName NaturalHash => Kind switch
    {
        KeyKind.EcdsaP384 => HashAlgorithmName.SHA384,
        KeyKind.EcdsaP521 or KeyKind.Ed25519 => HashAlgorithmName.SHA512,
        _ => HashAlgorithmName.SHA256,
    };

    /// <summary><c>EcdsaP256 key 12ab…</c>.</summary>
    public override string ToString() => $"{(Kind == KeyKind.Rsa ? $"RSA-{Bits}" : Kind.ToString())} key {Id[..16]}…";

    /// <inheritdoc />
    public bool Equals(PublicKey? other) => other is not null && _spki.AsSpan().SequenceEqual(other._spki);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as PublicKey);

    /// <inheritdoc />
    public override int GetHashCode() => Id.GetHashCode(StringComparison.Ordinal);

    private static bool IsStrong(HashAlgorithmName hash) => hash == HashAlgorithmName.SHA256 || hash == HashAlgorithmName.SHA384 || hash == HashAlgorithmName.SHA512;

    private static PublicKey Read(ReadOnlyMemory<byte> der)
    {
        if (der.Length > MaxSpki)
        {
            throw new OciFormatException(Format, null, $"more than {MaxSpki} bytes");
        }

        var reader = new AsnReader(der, AsnEncodingRules.DER);
        var info = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        var algorithm = info.ReadSequence();
        var oid = algorithm.ReadObjectIdentifier();
        var bits = info.ReadBitString(out var unused);
        info.ThrowIfNotEmpty();
        if (unused != 0)
        {
            throw new OciFormatException(Format, null, "bits left over");
        }

        return oid switch
        {
            EcPublicKey => ReadEcdsa(der, algorithm),
            RsaEncryption => ReadRsa(der, bits),
            IdEd25519 => ReadEd25519(der, algorithm, bits),
            _ => throw new OciFormatException(Format, null, $"keys of algorithm {oid} are not taken"),
        };
    }

    private static PublicKey ReadEcdsa(ReadOnlyMemory<byte> der, AsnReader algorithm)
    {
        var curve = algorithm.ReadObjectIdentifier();
        algorithm.ThrowIfNotEmpty();
        var (kind, bits) = curve switch
        {
            "1.2.840.10045.3.1.7" => (KeyKind.EcdsaP256, 256), // RFC 5480 §2.1.1.1
            "1.3.132.0.34" => (KeyKind.EcdsaP384, 384),
            "1.3.132.0.35" => (KeyKind.EcdsaP521, 521),
            _ => throw new OciFormatException(Format, null, $"the curve {curve} is not taken; P-256, P-384 and P-521 are"),
        };
        var ecdsa = ECDsa.Create();
        ecdsa.ImportSubjectPublicKeyInfo(der.Span, out _); // refuses points off the curve
        return new PublicKey(kind, der.ToArray(), [], bits, ecdsa);
    }

    private static PublicKey ReadRsa(ReadOnlyMemory<byte> der, ReadOnlyMemory<byte> bits)
    {
        var key = new AsnReader(bits, AsnEncodingRules.DER).ReadSequence();
        var modulus = key.ReadInteger();
        var exponent = key.ReadInteger();
        key.ThrowIfNotEmpty();
        var size = (int)Math.Min(modulus.GetBitLength(), int.MaxValue);
        if (size is < MinRsaBits or > MaxRsaBits || modulus.Sign < 0)
        {
            throw new OciFormatException(Format, null, $"RSA of {size} bits is not taken; {MinRsaBits} to {MaxRsaBits} are");
        }

        if (exponent < 3 || exponent.IsEven || exponent.GetByteCount(isUnsigned: true) > MaxExponentBytes)
        {
            throw new OciFormatException(Format, null, "an RSA exponent that is even, below 3 or above 32 bits");
        }

        var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(der.Span, out _);
        return new PublicKey(KeyKind.Rsa, der.ToArray(), [], size, rsa);
    }

    private static PublicKey ReadEd25519(ReadOnlyMemory<byte> der, AsnReader algorithm, byte[] raw)
    {
        algorithm.ThrowIfNotEmpty();
        return raw.Length == Ed25519Length && Ed25519.ValidatePublicKeyFull(raw, 0)
            ? new PublicKey(KeyKind.Ed25519, der.ToArray(), raw, 256, null)
            : throw new OciFormatException(Format, null, "not a point of Ed25519, or one of small order");
    }
}
