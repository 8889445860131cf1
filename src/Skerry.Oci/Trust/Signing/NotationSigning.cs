using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Skerry.Oci.Distribution;
using Skerry.Oci.Trust.Certificates;
using Skerry.Oci.Trust.Keys;
using Skerry.Oci.Trust.Notation;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Signing;

/// <summary>Makes signatures that Notation verifies (notaryproject/specifications signature-envelope-jws.md): a JWS with its chain of certificates.</summary>
public static class NotationSigning
{
    private const string ConfigType = "application/vnd.cncf.notary.signature";
    private const string Thumbprints = "io.cncf.notary.x509chain.thumbprint#S256";
    private const string Created = "org.opencontainers.image.created"; // OCI annotations.md
    private const string Scheme = "io.cncf.notary.signingScheme";
    private const string Time = "io.cncf.notary.signingTime";
    private const string Expiry = "io.cncf.notary.expiry";

    /// <summary>Signs an image.</summary>
    /// <param name="image">Its manifest or index.</param>
    /// <param name="metadata">Signed with it.</param>
    /// <param name="key">The key of the first certificate.</param>
    /// <param name="chain">The signer's certificate first, the root last.</param>
    /// <param name="now">The time that the signature says.</param>
    /// <param name="lifetime">After which it is not to be taken any more; null: it does not end by itself.</param>
    /// <param name="agent">What signs, and its version.</param>
    /// <exception cref="OciFormatException">Key or chain are not fit for Notation.</exception>
    public static SignatureArtifact Sign(
        Descriptor image, IReadOnlyDictionary<string, string> metadata, SigningKey key, IReadOnlyList<Certificate> chain, DateTimeOffset now, TimeSpan? lifetime, string agent)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Prepare(image, metadata, key.Public, chain, now, lifetime, agent).SignedBy(key);
    }

    /// <summary>What is to be signed, for a key that is held elsewhere; as <see cref="Sign"/> otherwise.</summary>
    /// <exception cref="OciFormatException">Key or chain are not fit for Notation.</exception>
    public static UnsignedArtifact Prepare(
        Descriptor image, IReadOnlyDictionary<string, string> metadata, PublicKey key, IReadOnlyList<Certificate> chain, DateTimeOffset now, TimeSpan? lifetime, string agent)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(chain);
        var (name, scheme) = Fit(key, chain, now);
        var signed = new DateTimeOffset(now.UtcDateTime.AddTicks(-(now.UtcTicks % TimeSpan.TicksPerSecond)), TimeSpan.Zero);
        var header = SignatureArtifact.Json(json =>
        {
            json.WriteString("alg", name);
            json.WriteStartArray("crit");
            json.WriteStringValue(Scheme);
            if (lifetime is not null)
            {
                json.WriteStringValue(Expiry);
            }

            json.WriteEndArray();
            json.WriteString("cty", "application/vnd.cncf.notary.payload.v1+json");
            if (lifetime is { } span)
            {
                json.WriteString(Expiry, Rfc3339.Text(signed + span));
            }

            json.WriteString(Scheme, "notary.x509");
            json.WriteString(Time, Rfc3339.Text(signed));
        });
        var payload = SignatureArtifact.Json(json =>
        {
            json.WriteStartObject("targetArtifact");
            SignatureArtifact.Pairs(json, "annotations", metadata);
            json.WriteString("digest", image.Digest.ToString());
            json.WriteString("mediaType", image.MediaType);
            json.WriteNumber("size", image.Size);
            json.WriteEndObject();
        });
        var (protectedText, payloadText) = (Base64Url.EncodeToString(header), Base64Url.EncodeToString(payload));
        return new UnsignedArtifact(key, scheme, Encoding.ASCII.GetBytes($"{protectedText}.{payloadText}"), signature => Put(image, protectedText, payloadText, signature, chain, signed, agent));
    }

    private static SignatureArtifact Put(
        Descriptor image, string protectedText, string payloadText, ReadOnlyMemory<byte> signature, IReadOnlyList<Certificate> chain, DateTimeOffset signed, string agent)
    {
        var envelope = SignatureArtifact.Json(json =>
        {
            json.WriteString("payload", payloadText);
            json.WriteString("protected", protectedText);
            json.WriteStartObject("header");
            json.WriteStartArray("x5c");
            foreach (var certificate in chain)
            {
                json.WriteStringValue(Convert.ToBase64String(certificate.Raw.Span));
            }

            json.WriteEndArray();
            json.WriteString("io.cncf.notary.signingAgent", agent);
            json.WriteEndObject();
            json.WriteString("signature", Base64Url.EncodeToString(signature.Span));
        });
        var annotations = new Dictionary<string, string>
        {
            [Thumbprints] = "[" + string.Join(',', chain.Select(static c => $"\"{Convert.ToHexStringLower(SHA256.HashData(c.Raw.Span))}\"")) + "]",
            [Created] = Rfc3339.Text(signed),
        };
        return SignatureArtifact.Of(ConfigType, SignatureManifest.Empty, [], (new Descriptor(JwsReader.MediaType, Digest.OfSha256(envelope), envelope.Length), envelope), image, annotations, null);
    }

    private static (string Name, SignatureScheme Scheme) Fit(PublicKey key, IReadOnlyList<Certificate> chain, DateTimeOffset now)
    {
        try
        {
            NotationChain.Check(chain);
            if (!chain[0].Key.Equals(key))
            {
                throw new TrustException($"the first certificate, '{chain[0]}', is of another key");
            }

            foreach (var certificate in chain)
            {
                CertificateRules.ValidAt(certificate, now);
            }

            return NotationChain.Algorithm(key);
        }
        catch (TrustException e)
        {
            throw new OciFormatException("certificate chain", null, e.Message, e);
        }
    }
}
