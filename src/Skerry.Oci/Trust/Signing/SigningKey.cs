using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using Org.BouncyCastle.Math.EC.Rfc8032;
using Skerry.Oci.Trust.Keys;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Signing;

/// <summary>A private key to sign with, from a file: PKCS #8 in PEM, encrypted or not, or a key file of cosign's.</summary>
/// <remarks>Not for several threads. What it holds is wiped when it is disposed, as far as the runtime lets it.</remarks>
public sealed class SigningKey : IDisposable
{
    private const string Format = "private key";
    private const string IdEd25519 = "1.3.101.112"; // RFC 8410 §3
    private const int Ed25519Length = 32;
    private const int MaxText = 64 * 1024;

    private readonly AsymmetricAlgorithm? _imported;
    private readonly byte[] _raw;

    private SigningKey(AsymmetricAlgorithm? imported, byte[] raw, PublicKey publicKey) => (_imported, _raw, Public) = (imported, raw, publicKey);

    /// <summary>What others verify with.</summary>
    public PublicKey Public { get; }

    /// <summary>Reads a key.</summary>
    /// <param name="pem">The text of its file.</param>
    /// <param name="password">Opens it where it is encrypted; may be empty.</param>
    /// <exception cref="OciFormatException">It is none, cannot be opened with this password, or is of a kind that is not taken.</exception>
    public static SigningKey Read(string pem, string password)
    {
        ArgumentNullException.ThrowIfNull(pem);
        ArgumentNullException.ThrowIfNull(password);
        if (pem.Length > MaxText || !PemEncoding.TryFind(pem, out var fields))
        {
            throw new OciFormatException(Format, null, "no PEM block");
        }

        var label = pem[fields.Label];
        var der = new byte[fields.DecodedDataLength];
        try
        {
            if (!Convert.TryFromBase64Chars(pem.AsSpan()[fields.Base64Data], der, out var length) || length != der.Length)
            {
                throw new OciFormatException(Format, null, "a PEM block that is not base64");
            }

            switch (label)
            {
                case "PRIVATE KEY":
                    return FromPkcs8(der);
                case "ENCRYPTED PRIVATE KEY":
                    var opened = Pkcs8PrivateKeyInfo.DecryptAndDecode(password, der, out _).Encode();
                    return Wiped(opened, FromPkcs8);
                case "ENCRYPTED SIGSTORE PRIVATE KEY" or "ENCRYPTED COSIGN PRIVATE KEY":
                    return Wiped(CosignKeyFile.Open(der, password), FromPkcs8);
                default:
                    throw new OciFormatException(Format, null, $"a PEM block of {label}; PRIVATE KEY (PKCS #8), ENCRYPTED PRIVATE KEY and ENCRYPTED SIGSTORE PRIVATE KEY are taken: openssl pkcs8 -topk8 makes PKCS #8 of others");
            }
        }
        catch (CryptographicException e)
        {
            throw new OciFormatException(Format, null, $"it cannot be opened: {e.Message}; is the password right?", e);
        }
        catch (AsnContentException e)
        {
            throw new OciFormatException(Format, null, $"no PKCS #8: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
        }
    }

    /// <summary>Signs a message.</summary>
    /// <exception cref="ArgumentException">The scheme is not of this kind of key.</exception>
    public byte[] Sign(SignatureScheme scheme, ReadOnlySpan<byte> message)
    {
        if (!Public.Fits(scheme))
        {
            throw new ArgumentException($"{scheme} is no scheme of a {Public.Kind}", nameof(scheme));
        }

        switch (_imported)
        {
            case RSA rsa:
                return rsa.SignData(message.ToArray(), scheme.Hash, scheme.Form == SignatureForm.RsaPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
            case ECDsa ecdsa:
                return ecdsa.SignData(message, scheme.Hash, scheme.Form == SignatureForm.EcdsaDer ? DSASignatureFormat.Rfc3279DerSequence : DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            default:
                var signature = new byte[Ed25519.SignatureSize];
                Ed25519.Sign(_raw, 0, message.ToArray(), 0, message.Length, signature, 0);
                return signature;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _imported?.Dispose();
        CryptographicOperations.ZeroMemory(_raw);
    }

    private static SigningKey Wiped(byte[] secret, Func<byte[], SigningKey> read)
    {
        try
        {
            return read(secret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private static SigningKey FromPkcs8(byte[] der)
    {
        var info = Pkcs8PrivateKeyInfo.Decode(der, out _, skipCopy: true);
        switch (info.AlgorithmId.Value)
        {
            case IdEd25519:
                var raw = new AsnReader(info.PrivateKeyBytes, AsnEncodingRules.DER).ReadOctetString();
                if (raw.Length != Ed25519Length)
                {
                    throw new OciFormatException(Format, null, $"an Ed25519 key of {raw.Length} bytes");
                }

                var point = new byte[Ed25519Length];
                Ed25519.GeneratePublicKey(raw, 0, point, 0);
                return new SigningKey(null, raw, PublicKey.FromEd25519(point));
            case "1.2.840.10045.2.1":
                var ecdsa = ECDsa.Create();
                ecdsa.ImportPkcs8PrivateKey(der, out _);
                return Of(ecdsa, ecdsa.ExportSubjectPublicKeyInfo());
            case "1.2.840.113549.1.1.1":
                var rsa = RSA.Create();
                rsa.ImportPkcs8PrivateKey(der, out _);
                return Of(rsa, rsa.ExportSubjectPublicKeyInfo());
            default:
                throw new OciFormatException(Format, null, $"keys of algorithm {info.AlgorithmId.Value} are not taken");
        }
    }

    private static SigningKey Of(AsymmetricAlgorithm imported, byte[] spki)
    {
        try
        {
            return new SigningKey(imported, [], PublicKey.FromSpki(spki));
        }
        catch
        {
            imported.Dispose();
            throw;
        }
    }
}
