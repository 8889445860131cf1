using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Skerry.System.Tests.Trust;

/// <summary>A key to sign with, as files: made for one test and gone with it.</summary>
internal sealed class TestKey : IDisposable
{
    private readonly ECDsa _root = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;
    private readonly byte[] _serial = [1, .. RandomNumberGenerator.GetBytes(7)];
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("skerry-test-key-");

    /// <param name="signs">Since when its certificate is good.</param>
    /// <param name="lasts">For how long.</param>
    /// <param name="responder">Where its certificate says that an OCSP responder is.</param>
    internal TestKey(DateTimeOffset? signs = null, TimeSpan? lasts = null, string? responder = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(Private, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Public, key.ExportSubjectPublicKeyInfoPem());
        var begin = signs ?? TimeProvider.System.GetUtcNow().AddDays(-1);
        var request = new CertificateRequest("CN=root,O=Skerry tests,ST=here,C=SE", _root, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        _authority = request.CreateSelfSigned(begin, begin.AddYears(10));
        var leaf = new CertificateRequest("CN=signer,O=Skerry tests,ST=here,C=SE", key, HashAlgorithmName.SHA256);
        leaf.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        leaf.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        leaf.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.3")], false));
        if (responder is not null)
        {
            leaf.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension([responder], null));
        }

        using var certificate = leaf.Create(_authority, begin, begin + (lasts ?? TimeSpan.FromDays(365)), _serial);
        File.WriteAllText(RootKey, _root.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Root, _authority.ExportCertificatePem());
        File.WriteAllText(Chain, certificate.ExportCertificatePem() + "\n" + _authority.ExportCertificatePem());
    }

    internal string Private => Path.Combine(_directory.FullName, "k.key");

    internal string Public => Path.Combine(_directory.FullName, "k.pub");

    internal string Chain => Path.Combine(_directory.FullName, "chain.pem");

    internal string Root => Path.Combine(_directory.FullName, "root.pem");

    /// <summary>The private key of its authority.</summary>
    internal string RootKey => Path.Combine(_directory.FullName, "root.key");

    /// <summary>The serial number of its certificate, in hexadecimal digits.</summary>
    internal string Serial => Convert.ToHexString(_serial);

    /// <summary>What its authority says now of what is revoked.</summary>
    internal byte[] Crl(bool revoked)
    {
        var list = new CertificateRevocationListBuilder();
        var now = TimeProvider.System.GetUtcNow();
        if (revoked)
        {
            list.AddEntry(_serial, now.AddHours(-1), X509RevocationReason.KeyCompromise);
        }

        return list.Build(_authority.SubjectName, X509SignatureGenerator.CreateForECDsa(_root), 1, now.AddDays(30), HashAlgorithmName.SHA256, X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_authority, false, true), now.AddHours(-2));
    }

    /// <summary>A chain of certificates, as a file, for a key that is held elsewhere.</summary>
    /// <param name="publicKey">PEM.</param>
    internal string ChainFor(string publicKey)
    {
        var der = Convert.FromBase64String(publicKey[PemEncoding.Find(publicKey).Base64Data]);
        var leaf = new CertificateRequest(new X500DistinguishedName("CN=held,O=Skerry tests,ST=here,C=SE"), PublicKey.CreateFromSubjectPublicKeyInfo(der, out _), HashAlgorithmName.SHA256);
        leaf.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        leaf.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        leaf.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.3")], false));
        using var certificate = leaf.Create(_authority.SubjectName, X509SignatureGenerator.CreateForECDsa(_root), _authority.NotBefore, _authority.NotBefore.AddYears(1), [2, .. RandomNumberGenerator.GetBytes(7)]);
        var file = Path.Combine(_directory.FullName, $"held-{Convert.ToHexStringLower(certificate.GetSerialNumber())}.pem");
        File.WriteAllText(file, certificate.ExportCertificatePem() + "\n" + _authority.ExportCertificatePem());
        return file;
    }

    public void Dispose()
    {
        _directory.Delete(recursive: true);
        _authority.Dispose();
        _root.Dispose();
    }
}
