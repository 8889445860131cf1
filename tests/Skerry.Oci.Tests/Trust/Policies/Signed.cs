using Skerry.Oci.Distribution;
using Skerry.Oci.Trust.Policies;
using Skerry.Oci.Trust.Sigstore;

namespace Skerry.Oci.Tests.Trust.Policies;

/// <summary>Evidence made by the real tools, and policies about it.</summary>
internal static class Signed
{
    public const string Repository = "127.0.0.1:5500/test/bb";
    public const string Provenance = "https://slsa.dev/provenance/v1";

    public static readonly ImageReference Name = ImageReference.Parse(Repository + ":v1");

    public static TrustSubject Subject(ImageReference? name = null) => new(name ?? Name, [Artefacts.Manifest]);

    public static TrustEvidence Evidence(params string[] folders) =>
        new([.. folders.SelectMany(f => Artefacts.Layers(f).Select(l => new FoundSignature(f, l.Layer, l.Blob)))]);

    public static CosignSigner ByKey(string name, params string[] keys) => new(name, "p.toml: line 9", new SigstorePolicy { Keys = [.. keys.Select(Artefacts.Key)] });

    public static CosignSigner Cosign25(string name = "old") => ByKey(name, "cosign25-sign-key/c25.pub");

    public static CosignSigner Cosign31(string name = "new") => ByKey(name, "cosign31-sign-key-bundle/c31.pub");

    public static TrustPolicy Policy(int required, params TrustSigner[] signers) => new()
    {
        Name = "p",
        Place = "p.toml: line 1",
        Images = [ImagePattern.Parse("127.0.0.1:5500/test/*")],
        Signers = signers,
        Required = required,
    };
}
