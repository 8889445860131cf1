using System.Text.Json;
using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Sigstore;

/// <summary>The document that a cosign signature is over (containers/image docs/containers-signature.5.md, JSON data format).</summary>
internal sealed record SimpleSigningPayload(Digest Digest, string Reference, IReadOnlyDictionary<string, string> Annotations)
{
    private const string Format = "simple signing document";

    public static SimpleSigningPayload Parse(ReadOnlyMemory<byte> json)
    {
        var document = StrictJson.Object(Format, json);
        document.Only("critical", "optional");
        var critical = document.Object("critical");
        critical.Only("identity", "image", "type");
        if (critical.Text("type") != "cosign container image signature")
        {
            throw critical.Bad("type", "not that of a cosign signature");
        }

        var image = critical.Object("image");
        if (!Digest.TryParse(image.Text("docker-manifest-digest"), out var digest))
        {
            throw image.Bad("docker-manifest-digest", "not a digest");
        }

        // skopeo writes a timestamp as a number among the optional members: kept as text
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in document.Members("optional", TrustLimits.MaxAnnotations))
        {
            annotations[member.Name] = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : member.Value.GetRawText();
        }

        return new SimpleSigningPayload(digest, critical.Object("identity").Text("docker-reference"), annotations);
    }

    /// <summary>The reference without tag and digest.</summary>
    public string Repository
    {
        get
        {
            var name = Reference.Split('@')[0];
            var colon = name.LastIndexOf(':');
            return colon > name.LastIndexOf('/') ? name[..colon] : name;
        }
    }
}
