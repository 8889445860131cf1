using Skerry.Oci.Trust.Strict;

namespace Skerry.Oci.Trust.Sigstore;

/// <summary>A statement about artifacts (in-toto/attestation spec/v1/statement.md; v0.1 too).</summary>
/// <param name="Annotations">Annotations of the subject that was looked for.</param>
internal sealed record InTotoStatement(string PredicateType, IReadOnlyDictionary<string, string> Annotations)
{
    private const string Format = "in-toto statement";
    private const int MaxSubjects = 1024;

    /// <summary>Reads a statement; the artifact must be among its subjects.</summary>
    public static InTotoStatement Parse(ReadOnlyMemory<byte> json, Digest artifact)
    {
        var statement = StrictJson.Object(Format, json, TrustLimits.MaxAttestation);
        if (statement.Text("_type") is not ("https://in-toto.io/Statement/v0.1" or "https://in-toto.io/Statement/v1"))
        {
            throw statement.Bad("_type", "not a statement of version 0.1 or 1");
        }

        var type = statement.Text("predicateType");
        foreach (var subject in statement.Objects("subject", MaxSubjects))
        {
            if (subject.Map("digest").GetValueOrDefault(artifact.Algorithm) == artifact.Hex)
            {
                return new InTotoStatement(type, subject.Has("annotations") ? subject.Map("annotations") : new Dictionary<string, string>());
            }
        }

        throw new TrustException($"{artifact} is not among the subjects of the statement: it is about another artifact");
    }
}
