using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Skerry.System.Tests.Trust;

/// <summary>A key to sign with, as files: made for one test and gone with it.</summary>
internal sealed class TestKey : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("skerry-test-key-");

    /// <param name="signs">Since when its certificate is good.</param>
    /// <param name="lasts">For how long.</param>
    internal TestKey(DateTimeOffset? signs = null, TimeSpan? lasts = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(Private, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Public, key.ExportSubjectPublicKeyInfoPem());
        using var root = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var begin = signs ?? TimeProvider.System.GetUtcNow().AddDays(-1);
        var request = new CertificateRequest("CN=root,O=Skerry tests,ST=here,C=SE", root, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        using var authority = request.CreateSelfSigned(begin, begin.AddYears(10));
        var leaf = new CertificateRequest("CN=signer,O=Skerry tests,ST=here,C=SE", key, HashAlgorithmName.SHA256);
        leaf.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        leaf.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        leaf.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.3")], false));
        using var certificate = leaf.Create(authority, begin, begin + (lasts ?? TimeSpan.FromDays(365)), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(Root, authority.ExportCertificatePem());
        File.WriteAllText(Chain, certificate.ExportCertificatePem() + "\n" + authority.ExportCertificatePem());
    }

    internal string Private => Path.Combine(_directory.FullName, "k.key");

    internal string Public => Path.Combine(_directory.FullName, "k.pub");

    internal string Chain => Path.Combine(_directory.FullName, "chain.pem");

    internal string Root => Path.Combine(_directory.FullName, "root.pem");

    public void Dispose() => _directory.Delete(recursive: true);
}
