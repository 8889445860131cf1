using Skerry.Oci.Distribution;
using Skerry.Oci.Trust.ContentTrust;

namespace Skerry.Oci.Trust.Policies;

/// <summary>Signs by Docker Content Trust: the metadata of a trust server says which digest a tag is.</summary>
/// <param name="Location">A mirror directory, or the address of a trust server.</param>
public sealed record ContentTrustSigner(string Name, string Place, string Location, ContentTrustPolicy Policy) : TrustSigner(Name, Place)
{
    /// <summary>Whether <see cref="Location"/> is a directory of this machine.</summary>
    public bool IsMirror => Location.StartsWith('/');

    /// <inheritdoc/>
    public override string Wants => $"content trust of {Location}" + (Policy.RootKeys.Count > 0 ? $", root key {Policy.RootKeys[0][..Math.Min(16, Policy.RootKeys[0].Length)]}…" : ", trusted on first use");

    internal override SignerFinding Look(TrustSubject subject, TrustEvidence evidence, DateTimeOffset now)
    {
        if (subject.Reference is not { Tag: { } tag } reference)
        {
            return new SignerFinding(this, [], null, default, "content trust says what a tag is, and the image was asked for without one");
        }

        var gun = Gun.Of(reference);
        if (evidence.ContentTrust(this, gun) is not { } material)
        {
            return new SignerFinding(this, [], null, default, $"there is no metadata of {gun} on this node");
        }

        try
        {
            return Look(subject, evidence, gun, tag, material.Source, material.State, now);
        }
        catch (Exception e) when (e is RegistryException or IOException)
        {
            // A server that does not answer says nothing of this signer; others may have signed.
            return new SignerFinding(this, [], null, default, $"its metadata could not be read: {e.Message}");
        }
    }

    private SignerFinding Look(TrustSubject subject, TrustEvidence evidence, string gun, string tag, IContentTrustSource source, ContentTrustState? state, DateTimeOffset now)
    {
        ContentTrustState? learnt = null;
        var finding = First(
            evidence,
            subject.Documents.Select(document => ($"content trust of {gun}", document.Digest, (Func<Verdict>)(() =>
            {
                var result = ContentTrustVerifier.Verify(gun, tag, document, source, Policy, learnt ?? state, now);
                learnt = result.State ?? learnt;
                return result.Verdict;
            }))),
            "there is nothing to verify");
        return finding with { State = learnt };
    }
}
