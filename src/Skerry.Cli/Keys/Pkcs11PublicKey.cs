using System.Formats.Asn1;
using Skerry.Linux.Pkcs11;

namespace Skerry.Cli.Keys;

/// <summary>The public half of a token's key: read from a public key object, else from a certificate, else (RSA) from the private key itself.</summary>
/// <param name="Type">The kind of key.</param>
/// <param name="Spki">SubjectPublicKeyInfo in DER.</param>
/// <param name="CurveBytes">Bytes of a coordinate; 0 for RSA and Ed25519.</param>
internal sealed record Pkcs11PublicKey(Pkcs11KeyType Type, byte[] Spki, int CurveBytes)
{
    private const int Ed25519Length = 32;

    /// <summary>That of a private key, whose id it shares, or its label where it has no id; null: the token has none.</summary>
    internal static Pkcs11PublicKey? Of(Pkcs11Session session, ulong privateKey)
    {
        var id = session.Value(privateKey, Pkcs11Attribute.Id);
        var label = id is null && session.Value(privateKey, Pkcs11Attribute.Label) is { } text ? System.Text.Encoding.UTF8.GetString(text) : null;
        return (id is null && label is null ? null : Find(session, label, id)) ?? Read(session, privateKey);
    }

    /// <summary>The only one with this label and id; null: there is none.</summary>
    /// <exception cref="CliFailure">There are several, or it is of a kind that is not taken.</exception>
    internal static Pkcs11PublicKey? Find(Pkcs11Session session, string? label, byte[]? id)
    {
        foreach (var kind in (Pkcs11Class[])[Pkcs11Class.PublicKey, Pkcs11Class.Certificate])
        {
            var found = session.Find(kind, label, id).Select(o => kind == Pkcs11Class.PublicKey ? Read(session, o) : OfCertificate(session, o)).OfType<Pkcs11PublicKey>()
                .DistinctBy(static k => Convert.ToHexString(k.Spki)).ToList();
            switch (found.Count)
            {
                case 0:
                    continue;
                case 1:
                    return found[0];
                default:
                    throw new CliFailure($"the token '{session.Token.Label}' has {found.Count} public keys that fit, and one is to be named", "name it: object=LABEL, id=%01, or both");
            }
        }

        return null;
    }

    private static Pkcs11PublicKey? Read(Pkcs11Session session, ulong key)
    {
        switch (TypeOf(session, key))
        {
            case Pkcs11KeyType.Rsa when session.Value(key, Pkcs11Attribute.Modulus) is { } modulus && session.Value(key, Pkcs11Attribute.PublicExponent) is { } exponent:
                return new Pkcs11PublicKey(Pkcs11KeyType.Rsa, KeyEncoding.Rsa(modulus, exponent), 0);
            case Pkcs11KeyType.Ec when session.Value(key, Pkcs11Attribute.CurveParameters) is { } parameters && session.Value(key, Pkcs11Attribute.CurvePoint) is { } point:
                var (curve, bytes) = CurveOf(session, parameters);
                return new Pkcs11PublicKey(Pkcs11KeyType.Ec, KeyEncoding.Curve(curve, Unwrapped(session, point, 1 + (2 * bytes))), bytes);
            case Pkcs11KeyType.Edwards when session.Value(key, Pkcs11Attribute.CurvePoint) is { } point:
                return new Pkcs11PublicKey(Pkcs11KeyType.Edwards, KeyEncoding.Ed25519(Unwrapped(session, point, Ed25519Length)), 0);
            default:
                return null;
        }
    }

    private static Pkcs11PublicKey? OfCertificate(Pkcs11Session session, ulong certificate)
    {
        if (session.Value(certificate, Pkcs11Attribute.Value) is not { } der)
        {
            return null;
        }

        try
        {
            var spki = KeyEncoding.OfCertificate(der);
            var algorithm = new AsnReader(spki, AsnEncodingRules.DER).ReadSequence().ReadSequence();
            return algorithm.ReadObjectIdentifier() switch
            {
                "1.2.840.113549.1.1.1" => new Pkcs11PublicKey(Pkcs11KeyType.Rsa, spki, 0),
                "1.3.101.112" => new Pkcs11PublicKey(Pkcs11KeyType.Edwards, spki, 0),
                "1.2.840.10045.2.1" => new Pkcs11PublicKey(Pkcs11KeyType.Ec, spki, CurveOf(session, algorithm.ReadEncodedValue().ToArray()).Bytes),
                _ => null,
            };
        }
        catch (AsnContentException e)
        {
            throw new CliFailure($"the token '{session.Token.Label}' has a certificate for this key that is none: {e.Message}", cause: e);
        }
    }

    /// <summary>CK_ULONG: as long as a register, in the machine's own order.</summary>
    private static Pkcs11KeyType TypeOf(Pkcs11Session session, ulong key)
    {
        var value = session.Value(key, Pkcs11Attribute.KeyType);
        var type = value?.Length == sizeof(ulong) ? BitConverter.ToUInt64(value) : value?.Length == sizeof(uint) ? BitConverter.ToUInt32(value) : ulong.MaxValue;
        return type is (ulong)Pkcs11KeyType.Rsa or (ulong)Pkcs11KeyType.Ec or (ulong)Pkcs11KeyType.Edwards
            ? (Pkcs11KeyType)type
            : throw new CliFailure($"the token '{session.Token.Label}' says that the key is of kind 0x{type:x}; RSA, EC and Ed25519 are taken");
    }

    private static (string Curve, int Bytes) CurveOf(Pkcs11Session session, byte[] parameters)
    {
        try
        {
            var curve = AsnDecoder.ReadObjectIdentifier(parameters, AsnEncodingRules.DER, out _);
            return curve switch
            {
                KeyEncoding.P256 => (curve, 32),
                KeyEncoding.P384 => (curve, 48),
                KeyEncoding.P521 => (curve, 66),
                _ => throw new CliFailure($"the token '{session.Token.Label}' has the key on the curve {curve}; P-256, P-384 and P-521 are taken"),
            };
        }
        catch (AsnContentException e)
        {
            throw new CliFailure($"the token '{session.Token.Label}' does not name the curve of the key, but describes it; P-256, P-384 and P-521 by name are taken", cause: e);
        }
    }

    /// <summary>A point: the standard has it in a DER octet string, and some modules give it bare.</summary>
    private static byte[] Unwrapped(Pkcs11Session session, byte[] point, int length)
    {
        if (point.Length == length)
        {
            return point;
        }

        try
        {
            var inner = AsnDecoder.ReadOctetString(point, AsnEncodingRules.DER, out var used);
            if (inner.Length == length && used == point.Length)
            {
                return inner;
            }
        }
        catch (AsnContentException)
        {
            // It is told below what it is not.
        }

        throw new CliFailure($"the token '{session.Token.Label}' gives a public key of {point.Length} bytes, which is no point of the key's curve");
    }
}
