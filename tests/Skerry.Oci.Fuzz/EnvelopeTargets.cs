using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Skerry.Oci.Trust;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.ContentTrust;
using Skerry.Oci.Trust.Notation;
using Skerry.Oci.Trust.Revocation;
using Skerry.Oci.Trust.Sigstore;
using Skerry.Oci.Trust.Strict;
using Skerry.Oci.Trust.Tuf;
using PublicKey = Skerry.Oci.Trust.Keys.PublicKey;

namespace Skerry.Oci.Fuzz;

/// <summary>The envelopes of signatures: a verifier never throws, and says no to whatever none of the trusted keys signed.</summary>
internal static class EnvelopeTargets
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 20, 0, 0, TimeSpan.Zero);
    private static readonly SignedArtifact Image = new(Digest.Parse("sha256:" + new string('a', 64)));

    /// <summary>All of them; seeds are what other tools made, where the tests keep it.</summary>
    public static IReadOnlyList<Target> All { get; } =
    [
        new Target("bundle", Files("cosign31-sign-key-bundle/artifact", "blob-*"), Bundle),
        new Target("trusted-root", Files("cosign25-keyless", "tr.json"), static b => TrustedRoot.Parse(b)),
        new Target("cosign-layer", [.. Files("cosign25-sign-key", "blob-*"), .. Files("cosign25-attest-key", "blob-*")], Layer),
        new Target("checkpoint", ["log.example.test\n1\nAAAA\n\n\u2014 log.example.test AAAAAAAA\n"u8.ToArray()], static b => Checkpoint.Parse(System.Text.Encoding.UTF8.GetString(b))),
        new Target("jws", Files("notation-jws/artifact", "blob-*"), static b => Notation(b, "application/jose+json")),
        new Target("cose", Files("notation-cose/artifact", "blob-*"), static b => Notation(b, "application/cose")),
        new Target("notation-policy", Files("notation-jws", "tp.json"), static b => NotationTrustPolicy.Parse(b)),
        new Target("certificate", Certificates(), ReadCertificate),
        new Target("tuf", [.. Files("python-tuf/repo/metadata", "*.json"), .. Files("sigstore-tuf-mirror", "*.json")], Tuf),
        new Target("content-trust", Files("notary-dct-delegations", "*.json"), ContentTrust),
    ];

    private static TestKey Own { get; } = new();

    private static List<byte[]> Files(string folder, string pattern) =>
        [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Data", folder), pattern).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];

    private static List<byte[]> Certificates() => [new TestKey().Certificate];

    private static void Bundle(byte[] bytes) => No(SigstoreVerifier.VerifyBundle(bytes, Image, new SigstorePolicy { Keys = [Own.Key] }, Now));

    private static void Layer(byte[] bytes)
    {
        foreach (var type in (string[])[CosignLayer.SimpleSigning, CosignLayer.Envelope])
        {
            var layer = new Descriptor(type, Digest.OfSha256(bytes), bytes.Length) { Annotations = new Dictionary<string, string> { ["dev.cosignproject.cosign/signature"] = "MAYCAQECAQE=" } };
            No(SigstoreVerifier.VerifyLayer(layer, bytes, Image, new SigstorePolicy { Keys = [Own.Key] }, Now));
        }
    }

    private static void Notation(byte[] bytes, string mediaType)
    {
        var policy = NotationTrustPolicy.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", "notation-jws", "tp.json")));
        var trust = new NotationTrust(policy, [new TrustStore(TrustStoreKind.Authority, "wabbit-networks.io", [Certificate.FromDer(Own.Certificate)])]);
        No(NotationVerifier.Verify(bytes, mediaType, new NotationTarget(new Descriptor(MediaTypes.OciManifest, Image.Digest, 1), "r.example.test/a"), trust, Now));
    }

    private static void ReadCertificate(byte[] bytes)
    {
        var own = Certificate.FromDer(Own.Certificate);
        _ = RevocationCheck.Of(own, own, new RevocationEvidence { Lists = [bytes], Answers = [bytes] }, Now);
        var certificate = Certificate.FromDer(bytes);
        _ = certificate.ToString();
        _ = AlternativeNames.Of(certificate);
    }

    private static void ContentTrust(byte[] bytes)
    {
        var root = RootMetadata.Read(bytes);
        Targets.Promise(root.Version > 0 && root.Role("targets").Threshold > 0, "a version, and a threshold that somebody must meet");
    }

    private static void Tuf(byte[] bytes)
    {
        try
        {
            switch (StrictJson.Object("TUF", bytes, TufLimits.MaxTargets).Object("signed").Text("_type"))
            {
                case TopRole.Root:
                    var root = RootFile.Read(bytes);
                    root.Keys(TopRole.Root).Check(root.File);
                    break;
                case TopRole.Targets:
                    var targets = TargetsFile.Read(MetadataFile.Read(TopRole.Targets, TopRole.Targets, bytes, TufLimits.MaxTargets));
                    _ = targets.Target("app.txt");
                    _ = targets.For("app.txt").ToList();
                    break;
                case (TopRole.Snapshot or TopRole.Timestamp) and var role:
                    var entries = MetadataFile.Read(role, role, bytes, TufLimits.MaxSnapshot).Read(FileEntry.ReadAll);
                    Targets.Promise(entries.Values.All(static e => e.Version > 0 && e.Most(10) is >= 0 and <= 10), "an entry has a version, and never more bytes than the limit");
                    break;
            }
        }
        catch (TufException e)
        {
            throw new OciFormatException("TUF", null, e.Message, e);
        }
    }

    private static void No(Verdict verdict) => Targets.Promise(!verdict.IsTrusted && verdict.Failure is not null, "what nobody who is trusted signed is refused, and why is said");

    /// <summary>A key that signed nothing.</summary>
    private sealed class TestKey
    {
        public TestKey()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=fuzz", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
            using var certificate = request.CreateSelfSigned(Now.AddYears(-1), Now.AddYears(1));
            Certificate = certificate.RawData;
            Key = PublicKey.FromSpki(key.ExportSubjectPublicKeyInfo());
        }

        public byte[] Certificate { get; }

        public PublicKey Key { get; }
    }
}
