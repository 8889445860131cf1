using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Skerry.Oci.Trust.Certificates;

namespace Skerry.Oci.Tests.Trust.Certificates;

/// <summary>Makes keys and certificates for tests. Everything it can do wrong is an argument.</summary>
internal sealed class TestAuthority : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset End = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public const string CodeSigning = "1.3.6.1.5.5.7.3.3";

    private static int _serial;

    private readonly X509Certificate2 _certificate;

    private TestAuthority(ECDsa key, X509Certificate2 certificate) => (Key, _certificate) = (key, certificate);

    public ECDsa Key { get; }

    public Certificate Certificate => Certificate.FromDer(_certificate.RawData);

    public X509Certificate2 WithKey => _certificate.HasPrivateKey ? _certificate : _certificate.CopyWithPrivateKey(Key);

    public static TestAuthority Root(string name = "CN=root", DateTimeOffset? end = null) => new Maker(name).Authority().Valid(Start, end ?? End).SelfSigned();

    public Maker Issue(string name) => new(name) { Issuer = this };

    public void Dispose()
    {
        Key.Dispose();
        _certificate.Dispose();
    }

    /// <summary>One certificate on its way.</summary>
    internal sealed class Maker(string name)
    {
        private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly List<X509Extension> _extensions = [];
        private DateTimeOffset _start = Start;
        private DateTimeOffset _end = End;

        public TestAuthority? Issuer { get; init; }

        public Maker Authority(bool ca = true, int? pathLength = null, X509KeyUsageFlags uses = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign)
        {
            _extensions.Add(new X509BasicConstraintsExtension(ca, pathLength is not null, pathLength ?? 0, critical: true));
            _extensions.Add(new X509KeyUsageExtension(uses, critical: true));
            return this;
        }

        public Maker Leaf(string? use = CodeSigning, X509KeyUsageFlags uses = X509KeyUsageFlags.DigitalSignature)
        {
            _extensions.Add(new X509KeyUsageExtension(uses, critical: true));
            return use is null ? this : With(new X509EnhancedKeyUsageExtension([new Oid(use)], critical: use.EndsWith(".8", StringComparison.Ordinal)));
        }

        public Maker With(X509Extension extension)
        {
            _extensions.Add(extension);
            return this;
        }

        public Maker Valid(DateTimeOffset start, DateTimeOffset end)
        {
            (_start, _end) = (start, end);
            return this;
        }

        public TestAuthority SelfSigned()
        {
            using var made = Request().CreateSelfSigned(_start, _end);
            return new TestAuthority(_key, X509CertificateLoader.LoadCertificate(made.RawData));
        }

        /// <summary>Signed by the issuer, or by another key in its name.</summary>
        public TestAuthority Signed(ECDsa? key = null)
        {
            var serial = BitConverter.GetBytes(Interlocked.Increment(ref _serial) | 0x01000000);
            Array.Reverse(serial);
            using var made = Request().Create(Issuer!._certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(key ?? Issuer.Key), _start, _end, serial);
            return new TestAuthority(_key, X509CertificateLoader.LoadCertificate(made.RawData));
        }

        private CertificateRequest Request()
        {
            var request = new CertificateRequest(name, _key, HashAlgorithmName.SHA256);
            _extensions.ForEach(request.CertificateExtensions.Add);
            return request;
        }
    }
}
