using System.Formats.Asn1;
using System.Security.Cryptography;
using Skerry.Oci.Trust.Keys;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Certificates;

/// <summary>An X.509 certificate (RFC 5280 §4.1), read from strict DER. Reading it says nothing of whether it is trusted.</summary>
/// <remarks>Immutable, but for what is worked out when it is first asked for: the key, and by which key it is signed.</remarks>
public sealed class Certificate
{
    private const string Format = "certificate";
    private const int MaxExtensions = 64;

    private readonly ReadOnlyMemory<byte> _spki;
    private readonly byte[] _signature;
    private PublicKey? _key;
    private PublicKey? _signedBy;

    private Certificate(byte[] der)
    {
        var reader = new AsnReader(der, AsnEncodingRules.DER);
        var outer = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        Raw = der;
        ToBeSigned = outer.PeekEncodedValue();
        var body = outer.ReadSequence();
        Algorithm = outer.ReadEncodedValue();
        _signature = outer.ReadBitString(out var unused);
        outer.ThrowIfNotEmpty();
        const int Version3 = 2;
        var version = body.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadInteger();
        Serial = body.ReadIntegerBytes();
        if (version != Version3 || unused != 0 || !body.ReadEncodedValue().Span.SequenceEqual(Algorithm.Span))
        {
            throw new OciFormatException(Format, null, "not version 3, or two signature algorithms");
        }

        Issuer = DistinguishedName.Read(body.ReadEncodedValue());
        var validity = body.ReadSequence();
        NotBefore = ReadTime(validity);
        NotAfter = ReadTime(validity);
        validity.ThrowIfNotEmpty();
        Subject = DistinguishedName.Read(body.ReadEncodedValue());
        _spki = body.ReadEncodedValue();
        Extensions = ReadExtensions(body);
        (IsAuthority, PathLength) = ReadBasicConstraints();
        Uses = ReadKeyUsage();
        ExtendedUses = ReadExtendedKeyUsage();
        Thumbprint = Convert.ToHexStringLower(SHA256.HashData(der));
    }

    /// <summary>The whole certificate.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>SHA-256 of the whole in lower-case hex.</summary>
    public string Thumbprint { get; }

    /// <summary>When it begins to be valid.</summary>
    public DateTimeOffset NotBefore { get; }

    /// <summary>When it ends to be valid.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>Whom it is for, as RFC 4514 writes it.</summary>
    public string SubjectText => Subject.ToString();

    /// <summary>The key it certifies.</summary>
    /// <exception cref="OciFormatException">A key that is not taken.</exception>
    public PublicKey Key => _key ??= PublicKey.FromSpki(_spki);

    internal ReadOnlyMemory<byte> ToBeSigned { get; }

    internal ReadOnlyMemory<byte> Algorithm { get; }

    internal ReadOnlyMemory<byte> Serial { get; }

    internal DistinguishedName Issuer { get; }

    internal DistinguishedName Subject { get; }

    internal ReadOnlyMemory<byte> SubjectKeyInfo => _spki;

    internal IReadOnlyList<CertificateExtension> Extensions { get; }

    internal bool IsAuthority { get; }

    internal int? PathLength { get; }

    /// <summary>Null where the certificate does not say.</summary>
    internal KeyUses? Uses { get; }

    /// <summary>Null where the certificate does not say.</summary>
    internal IReadOnlyList<string>? ExtendedUses { get; }

    internal bool IsSelfIssued => Issuer.IsSame(Subject);

    /// <summary>Reads a certificate in DER.</summary>
    /// <exception cref="OciFormatException">It is not one.</exception>
    public static Certificate FromDer(ReadOnlySpan<byte> der)
    {
        if (der.Length > TrustLimits.MaxCertificate)
        {
            throw new OciFormatException(Format, null, $"{der.Length} bytes; at most {TrustLimits.MaxCertificate} are taken");
        }

        try
        {
            return new Certificate(der.ToArray());
        }
        catch (Exception e) when (e is AsnContentException or OverflowException)
        {
            throw new OciFormatException(Format, null, "not a certificate in DER: " + e.Message, e);
        }
    }

    /// <summary>Reads the certificates of a PEM text, in order; at least one.</summary>
    /// <exception cref="OciFormatException">It holds something else, or too many.</exception>
    public static IReadOnlyList<Certificate> FromPem(string pem)
    {
        ArgumentNullException.ThrowIfNull(pem);
        return [.. PemText.Blocks(Format, pem, PemText.Certificate).Select(static b => FromDer(b))];
    }

    /// <summary>Whether both are the same, byte by byte.</summary>
    public bool IsSame(Certificate other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Raw.Span.SequenceEqual(other.Raw.Span);
    }

    /// <summary>The subject, or the beginning of the thumbprint where it has none.</summary>
    public override string ToString() => Subject.IsEmpty ? $"certificate {Thumbprint[..16]}…" : SubjectText;

    internal CertificateExtension? Extension(string oid) => Extensions.FirstOrDefault(e => e.Oid == oid);

    internal bool IsValidAt(DateTimeOffset time) => NotBefore <= time && time <= NotAfter;

    /// <summary>Whether its signature is by a key; the algorithm must be one that is taken and of that key's kind.</summary>
    internal bool IsSignedBy(PublicKey key)
    {
        if (_signedBy?.Equals(key) != true && key.Verify(SignatureAlgorithms.Read(Algorithm), ToBeSigned.Span, _signature))
        {
            _signedBy = key;
        }

        return _signedBy?.Equals(key) == true;
    }

    internal static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();

    internal static List<CertificateExtension> ReadExtensionList(AsnReader list)
    {
        var extensions = new List<CertificateExtension>();
        while (list.HasData)
        {
            var one = list.ReadSequence();
            var oid = one.ReadObjectIdentifier();
            var critical = one.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && one.ReadBoolean();
            var value = one.ReadOctetString();
            one.ThrowIfNotEmpty();
            if (extensions.Count == MaxExtensions || extensions.Exists(e => e.Oid == oid))
            {
                throw new OciFormatException(Format, null, $"too many extensions, or {oid} twice");
            }

            extensions.Add(new CertificateExtension(oid, critical, value));
        }

        return extensions;
    }

    private static List<CertificateExtension> ReadExtensions(AsnReader body)
    {
        var tag = new Asn1Tag(TagClass.ContextSpecific, 3);
        if (!body.HasData)
        {
            return [];
        }

        // unique identifiers ([1], [2]) are out of use: RFC 5280 §4.1.2.8 lets nobody make them
        var wrapper = body.ReadSequence(tag);
        body.ThrowIfNotEmpty();
        var list = wrapper.ReadSequence();
        wrapper.ThrowIfNotEmpty();
        return ReadExtensionList(list);
    }

    private (bool IsAuthority, int? PathLength) ReadBasicConstraints()
    {
        if (Extension(Oids.BasicConstraints) is not { } extension)
        {
            return (false, null);
        }

        var constraints = Sequence(extension);
        var authority = constraints.HasData && constraints.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && constraints.ReadBoolean();
        int? length = null;
        if (constraints.HasData)
        {
            length = constraints.TryReadInt32(out var value) && value >= 0 ? value : throw new OciFormatException(Format, null, "a path length that is no length");
        }

        constraints.ThrowIfNotEmpty();
        return (authority, length);
    }

    private KeyUses? ReadKeyUsage()
    {
        if (Extension(Oids.KeyUsage) is not { } extension)
        {
            return null;
        }

        var reader = new AsnReader(extension.Value, AsnEncodingRules.DER);
        var bits = reader.ReadNamedBitList();
        reader.ThrowIfNotEmpty();
        var uses = KeyUses.None;
        for (var i = 0; i < Math.Min(bits.Length, 9); i++)
        {
            uses |= bits[i] ? (KeyUses)(1 << i) : KeyUses.None;
        }

        return uses;
    }

    private List<string>? ReadExtendedKeyUsage()
    {
        if (Extension(Oids.ExtendedKeyUsage) is not { } extension)
        {
            return null;
        }

        var list = Sequence(extension);
        var uses = new List<string>();
        while (list.HasData)
        {
            uses.Add(list.ReadObjectIdentifier());
        }

        return uses;
    }

    private static AsnReader Sequence(CertificateExtension extension)
    {
        var reader = new AsnReader(extension.Value, AsnEncodingRules.DER);
        var sequence = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        return sequence;
    }
}
