using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Rendering;

/// <summary>Trust policies and decisions as trees. The names are a promise; see the snapshots.</summary>
internal static class TrustTrees
{
    internal static Tree Of(TrustPolicy policy) => Tree.Object()
        .Add("name", policy.Name)
        .Add("place", policy.Place)
        .Add("images", Tree.List(policy.Images))
        .Add("wants", policy.Wants)
        .Add("drift", policy.Drift)
        .Add("attestations", Tree.List(policy.Attestations))
        .Add("unverified", policy.Unverified);

    internal static Tree Of(CheckTrustResponse answer) => Tree.Object()
        .Add("image", answer.Image)
        .Add("digest", answer.Digest)
        .Add("allowed", answer.Allowed)
        .Add("verified", answer.Verified)
        .Add("policy", answer.Policy)
        .Add("place", answer.Place)
        .Add("why", answer.Why)
        .Add("mend", answer.Mend)
        .Add("signedBy", Tree.List(answer.SignedBy))
        .Add("signedAt", Tree.Of(answer.SignedAt))
        .Add("goodUntil", Tree.Of(answer.GoodUntil))
        .Add("time", Tree.Of(answer.Time))
        .Add("clockBehindSeconds", (long)answer.ClockBehindSeconds)
        .Add("sections", Tree.List(answer.Sections.Select(static s => Tree.Object()
            .Add("title", s.Title)
            .Add("steps", Tree.List(s.Steps.Select(static t => Tree.Object()
                .Add("name", t.Name)
                .Add("outcome", t.Outcome)
                .Add("why", t.Why)
                .Add("mend", t.Mend)))))));

    internal static Tree Of(TrustRoot root) => Tree.Object()
        .Add("name", root.Name)
        .Add("file", root.File)
        .Add("from", root.From)
        .Add("target", root.Target)
        .Add("version", (long)root.Version)
        .Add("fetchedAt", Tree.Of(root.FetchedAt))
        .Add("problem", root.Problem);

    internal static Tree Of(ImageVerdict verdict) => Tree.Object()
        .Add("name", verdict.Name)
        .Add("policy", verdict.Policy)
        .Add("time", Tree.Of(verdict.Time))
        .Add("signedDigests", Tree.List(verdict.SignedDigests))
        .Add("signedBy", Tree.List(verdict.SignedBy))
        .Add("goodUntil", Tree.Of(verdict.GoodUntil));
}
