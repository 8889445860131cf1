using System.Security.Cryptography;
using Skerry.Oci.Manifests;
using Skerry.Oci.Trust.Keys;
using Skerry.Oci.Trust.Sigstore;

namespace Skerry.Oci.Trust.Signing;

/// <summary>Makes signatures that cosign verifies (sigstore/cosign specs/SIGNATURE_SPEC.md): a document that names the image, signed by a key.</summary>
public static class CosignSigning
{
    private const string SignatureAnnotation = "dev.cosignproject.cosign/signature";
    private const string ReferrerConfig = "application/vnd.dev.cosign.artifact.sig.v1+json";

    /// <summary>The tag under which signatures of a digest lie.</summary>
    public static string TagOf(Digest image) => $"{image.Algorithm}-{image.Hex}.sig";

    /// <summary>Signs an image.</summary>
    /// <param name="image">Its manifest or index.</param>
    /// <param name="repository">REGISTRY/NAME, which the signature says.</param>
    /// <param name="annotations">Signed with it.</param>
    /// <param name="key">The key.</param>
    /// <param name="asReferrer">As a referrer of OCI 1.1; else under the tag, with the signatures that are there.</param>
    /// <param name="before">The manifest that lies under the tag now; null for none.</param>
    public static SignatureArtifact Sign(Descriptor image, string repository, IReadOnlyDictionary<string, string> annotations, SigningKey key, bool asReferrer, ImageManifest? before)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Prepare(image, repository, annotations, key.Public, asReferrer, before).SignedBy(key);
    }

    /// <summary>What is to be signed, for a key that is held elsewhere; as <see cref="Sign"/> otherwise.</summary>
    public static UnsignedArtifact Prepare(Descriptor image, string repository, IReadOnlyDictionary<string, string> annotations, PublicKey key, bool asReferrer, ImageManifest? before)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(annotations);
        ArgumentNullException.ThrowIfNull(key);
        var payload = SignatureArtifact.Json(json =>
        {
            json.WriteStartObject("critical");
            json.WriteStartObject("identity");
            json.WriteString("docker-reference", repository);
            json.WriteEndObject();
            json.WriteStartObject("image");
            json.WriteString("docker-manifest-digest", image.Digest.ToString());
            json.WriteEndObject();
            json.WriteString("type", "cosign container image signature");
            json.WriteEndObject();
            if (annotations.Count == 0)
            {
                json.WriteNull("optional");
            }
            else
            {
                SignatureArtifact.Pairs(json, "optional", annotations);
            }
        });
        return new UnsignedArtifact(key, Scheme(key), payload, signature => Put(image, payload, signature, asReferrer, before));
    }

    private static SignatureArtifact Put(Descriptor image, ReadOnlyMemory<byte> payload, ReadOnlyMemory<byte> signature, bool asReferrer, ImageManifest? before)
    {
        var layer = new Descriptor(CosignLayer.SimpleSigning, Digest.OfSha256(payload.Span), payload.Length)
        {
            Annotations = new Dictionary<string, string> { [SignatureAnnotation] = Convert.ToBase64String(signature.Span) },
        };
        IReadOnlyList<Descriptor> layers = asReferrer || before is null ? [] : before.Layers;
        var config = SignatureArtifact.Json(json =>
        {
            json.WriteString("architecture", "");
            json.WriteString("created", "0001-01-01T00:00:00Z");
            json.WriteStartArray("history");
            for (var i = 0; i <= layers.Count; i++)
            {
                json.WriteStartObject();
                json.WriteString("created", "0001-01-01T00:00:00Z");
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteString("os", "");
            json.WriteStartObject("rootfs");
            json.WriteString("type", "layers");
            json.WriteStartArray("diff_ids");
            foreach (var one in layers.Append(layer))
            {
                json.WriteStringValue(one.Digest.ToString());
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteStartObject("config");
            json.WriteEndObject();
        });
        return SignatureArtifact.Of(
            asReferrer ? ReferrerConfig : MediaTypes.OciConfig, config, layers, (layer, payload), asReferrer ? image : null, new Dictionary<string, string>(), asReferrer ? null : TagOf(image.Digest));
    }

    /// <summary>What cosign verifies a key with unless it is told otherwise: SHA-256 for every key but Ed25519.</summary>
    private static SignatureScheme Scheme(PublicKey key) => key.Kind switch
    {
        KeyKind.Ed25519 => SignatureScheme.Ed25519,
        KeyKind.Rsa => new SignatureScheme(SignatureForm.RsaPkcs1, HashAlgorithmName.SHA256),
        _ => new SignatureScheme(SignatureForm.EcdsaDer, HashAlgorithmName.SHA256),
    };
}
