using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Notation;

/// <summary>What a Notation signature says (notaryproject/specifications signature-specification.md, "Payload").</summary>
internal static class NotationPayload
{
    /// <summary>Checks that the payload is about the target and has its metadata; returns all annotations that were signed.</summary>
    public static IReadOnlyDictionary<string, string> Check(ReadOnlyMemory<byte> json, NotationTarget target)
    {
        var payload = StrictJson.Object("notation payload", json);
        payload.Only("targetArtifact");
        var artifact = payload.Object("targetArtifact");
        var manifest = target.Manifest;
        if (artifact.Text("digest") != manifest.Digest.ToString() || artifact.Number("size") != manifest.Size || artifact.Text("mediaType") != manifest.MediaType)
        {
            throw new TrustException($"it is about {artifact.Text("digest")} ({artifact.Number("size")} bytes, {artifact.Text("mediaType")}), not about {manifest}");
        }

        var annotations = artifact.Map("annotations");
        foreach (var (name, value) in target.Metadata)
        {
            if (annotations.GetValueOrDefault(name) != value)
            {
                throw new TrustException(annotations.TryGetValue(name, out var other) ? $"{name} is '{other}' and must be '{value}'" : $"{name} was not signed and must be '{value}'");
            }
        }

        return annotations;
    }
}
