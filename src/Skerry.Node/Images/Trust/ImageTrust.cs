using System.Collections.Concurrent;
using Skerry.Node.Journal;
using Skerry.Node.Policy.Trust;
using Skerry.Oci;
using Skerry.Oci.Distribution;
using Skerry.Oci.Manifests;
using Skerry.Oci.Trust.Policies;

namespace Skerry.Node.Images.Trust;

/// <summary>
/// Whether an image may run on this node: its name leads to a policy, the policy to who must have signed, and what it was signed with is
/// kept with it. Everything is about a digest; names were resolved before.
/// </summary>
/// <remarks>
/// What must hold: a yes is never remembered beyond the policy, the evidence and the time that it was given for; where the policies
/// cannot be read the answer is no. Safe for several threads.
/// </remarks>
internal sealed class ImageTrust(ImageStore store, TrustPolicies policies, ContentTrustFiles contentTrust, TimeFloor time)
{
    private const int MostRemembered = 4096;

    private readonly StoredSignatures _signatures = new(store);
    private readonly ConcurrentDictionary<(Digest Manifest, TrustAsk Ask), Remembered> _yes = new();

    /// <summary>The policies of the node.</summary>
    internal TrustPolicies Policies => policies;

    /// <summary>The time by which signatures are judged.</summary>
    internal TimeFloor Time => time;

    /// <summary>Judges an image by what is kept on this node.</summary>
    internal TrustDecision Judge(ImageRecord image, TrustAsk ask)
    {
        var (reading, now) = (policies.Current(), time.Now());
        var key = (image.ManifestDigest, ask);
        if (_yes.TryGetValue(key, out var known) && known.Generation == reading.Generation && known.Sequence == image.Wire.Sequence && now >= known.At && !(known.Decision.GoodUntil <= now))
        {
            return known.Decision;
        }

        var decision = Judge(reading, NamesOf(image, ask), DocumentsOf(image), ask, image, () => _signatures.EvidenceOf(image), (signer, gun) => contentTrust.Kept(signer, gun, image.ManifestDigest), now);
        if (decision.IsAllowed)
        {
            if (_yes.Count >= MostRemembered)
            {
                _yes.Clear();
            }

            _yes[key] = new Remembered(decision, reading.Generation, image.Wire.Sequence, now);
        }

        return decision;
    }

    /// <summary>
    /// Judges an image that is here; where what is kept does not do, its registry is asked for signatures that were made since.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="ask">How it is to be judged.</param>
    /// <param name="client">Opens a client for a repository.</param>
    /// <param name="ct">Ends it.</param>
    internal async Task<(TrustDecision Decision, ImageRecord Image)> JudgeAsync(ImageRecord image, TrustAsk ask, Func<ImageReference, RegistryClient> client, CancellationToken ct)
    {
        var decision = Judge(image, ask);
        if (decision is { IsAllowed: true, IsInGrace: false } || decision.Policy is not { NeedsEvidence: true } || decision.Subject.Reference is not { } reference)
        {
            return (decision, Keep(image, decision));
        }

        using var lease = store.NewLease();
        store.Under(() => lease.ProtectImage(image));
        TrustDecision fresh;
        IReadOnlyList<ImageSignatureWire> kept;
        try
        {
            (fresh, kept) = await FetchAsync(client, reference, decision.Subject.Documents, ask, image, lease, ct).ConfigureAwait(false);
        }
        catch (RegistryException error)
        {
            return (decision with { Why = $"{decision.Why}; and its registry could not be asked for newer ones: {error.Reason}" }, image);
        }

        if (kept.Count > 0)
        {
            image = store.Note(image.ManifestDigest, wire => wire with { Signatures = ImageEvidence.Merge(kept, wire.Signatures) }) ?? image;
        }

        return (fresh, Keep(image, fresh));
    }

    /// <summary>Judges an image that is about to be pulled, before any of its content is fetched.</summary>
    /// <param name="client">Speaks to its registry.</param>
    /// <param name="reference">Its name.</param>
    /// <param name="documents">What the name was resolved to.</param>
    /// <param name="ask">How it is to be judged.</param>
    /// <param name="lease">Keeps what is stored until the image's record names it.</param>
    /// <param name="ct">Ends it.</param>
    internal async Task<(TrustDecision Decision, IReadOnlyList<ImageSignatureWire> Kept)> AdmitAsync(
        RegistryClient client, ImageReference reference, IReadOnlyList<Descriptor> documents, TrustAsk ask, ImageLease? lease, CancellationToken ct)
    {
        var before = store.TryFind(documents[^1].Digest.ToString());
        var decision = Judge(policies.Current(), [reference], documents, ask, before, () => before is null ? TrustEvidence.None : _signatures.EvidenceOf(before), static (_, _) => null, time.Now());
        return decision.Policy is not { NeedsEvidence: true } || decision.OverriddenBecause is not null
            ? (decision, [])
            : await FetchAsync(_ => client, reference, documents, ask, before, lease, ct).ConfigureAwait(false);
    }

    /// <summary>The verdict for the record of an image; null where nothing was verified.</summary>
    internal ImageVerdictWire? VerdictOf(TrustDecision decision) => decision is not { IsVerified: true, Policy: { } policy } ? null : new ImageVerdictWire(
        decision.Subject.Reference?.ToString() ?? string.Empty, policy.Name, time.Now(),
        [.. decision.Signers.Where(static s => s.Met is not null).Select(static s => s.Document.ToString()).Distinct()], decision.SignedBy, decision.GoodUntil);

    /// <summary>The refusal of a decision that is a no.</summary>
    internal static ImageException Refusal(TrustDecision decision) => new(
        ImageProblem.Untrusted, $"image {decision.Subject}: refused{(decision.Policy is { } policy ? $" by the trust policy '{policy.Name}' ({policy.Place})" : "")}: {decision.Why}")
    {
        Next = $"{(decision.Mend is { } mend ? mend + "; " : "")}'skerry trust check {decision.Subject.Reference?.ToString() ?? decision.Subject.Manifest.Digest.ToString()}' shows every step",
    };

    /// <summary>The documents that lead to the manifest that runs, each of which names the next.</summary>
    internal IReadOnlyList<Descriptor> DocumentsOf(ImageRecord image)
    {
        var manifest = new Descriptor(image.Wire.ManifestMediaType, image.ManifestDigest, store.Content.Size(image.ManifestDigest) ?? 0);
        if (image.Wire.IndexDigest is not { } index)
        {
            return [manifest];
        }

        try
        {
            return [.. Lead(Digest.Parse(index), image.ManifestDigest, depth: 0) ?? [], manifest];
        }
        catch (Exception error) when (error is ImageException or OciFormatException)
        {
            // A damaged index leads nowhere: a signature of it counts for nothing until it is mended.
            return [manifest];
        }
    }

    private List<Descriptor>? Lead(Digest from, Digest to, int depth)
    {
        const int Deepest = 2;
        var bytes = store.Content.ReadVerified(from, ManifestLimits.MaxBytes);
        if (ManifestParser.Parse(bytes, null) is not ImageIndex index)
        {
            return null;
        }

        var here = new Descriptor(index.MediaType, from, bytes.Length);
        if (index.Manifests.Any(m => m.Digest == to))
        {
            return [here];
        }

        var inner = depth == Deepest ? null : index.Manifests.Where(m => store.Content.Has(m.Digest)).Select(m => Lead(m.Digest, to, depth + 1)).FirstOrDefault(static l => l is not null);
        return inner is null ? null : [here, .. inner];
    }

    private async Task<(TrustDecision Decision, IReadOnlyList<ImageSignatureWire> Kept)> FetchAsync(
        Func<ImageReference, RegistryClient> client, ImageReference reference, IReadOnlyList<Descriptor> documents, TrustAsk ask, ImageRecord? image, ImageLease? lease, CancellationToken ct)
    {
        using var recorded = new RecordedSources(contentTrust);
        var here = image is null ? TrustEvidence.None : _signatures.EvidenceOf(image);
        var found = new List<SignatureManifest>();
        var passedOver = new List<string>();
        TrustDecision? decision = null;
        var registry = client(reference);
        foreach (var document in documents)
        {
            var search = await SignatureSearch.RunAsync(registry, reference, document.Digest, ct).ConfigureAwait(false);
            found.AddRange(search.Manifests);
            passedOver.AddRange(search.PassedOver);
            var evidence = new TrustEvidence([.. found.SelectMany(static m => m.Signatures), .. here.Signatures]) { PassedOver = passedOver };

            // Content trust may be asked of a server, which is waited for on a thread that may wait.
            decision = await Task.Run(() => Judge(policies.Current(), [reference], documents, ask, image, () => evidence, recorded.Open, time.Now()), ct).ConfigureAwait(false);
            if (decision.IsAllowed)
            {
                break;
            }
        }

        recorded.Keep(decision!, documents[^1].Digest);
        return (decision!, lease is null ? [] : await _signatures.KeepAsync(found, lease, ct).ConfigureAwait(false));
    }

    /// <summary>Judges an image by the policy of each name that counts; the first no is the answer.</summary>
    private static TrustDecision Judge(
        TrustReading reading, IReadOnlyList<ImageReference?> names, IReadOnlyList<Descriptor> documents, TrustAsk ask, ImageRecord? image, Func<TrustEvidence> evidence,
        Func<ContentTrustSigner, string, (Skerry.Oci.Trust.ContentTrust.IContentTrustSource, Skerry.Oci.Trust.ContentTrust.ContentTrustState?)?> source, DateTimeOffset now)
    {
        TrustDecision? yes = null;
        TrustEvidence? read = null;
        var drift = DriftRule.Allow;
        foreach (var name in names)
        {
            var subject = new TrustSubject(name, documents);
            var choice = TrustChoice.Of(reading, name?.Name, ask);
            if (choice.Settled is { } settled)
            {
                return settled(subject);
            }

            var policy = choice.Policy;
            read ??= policy is { NeedsEvidence: true } ? evidence() with { ContentTrust = source } : null;
            var verifiedAt = image?.Wire.Verdicts?.FirstOrDefault(v => v.Policy == policy?.Name && v.Name == (name?.ToString() ?? string.Empty))?.At;
            var decision = TrustEvaluator.Judge(policy, subject, read ?? TrustEvidence.None, now, verifiedAt);
            if (!decision.IsAllowed)
            {
                return decision;
            }

            drift = decision.Drift > drift ? decision.Drift : drift;
            yes = yes is { IsVerified: true } ? yes : decision;
        }

        return yes! with { DriftOfOthers = drift };
    }

    /// <summary>
    /// The names that an image is judged by: the one it was asked for by; all that it has where it was asked for by its id, for nobody can
    /// know which of them is meant.
    /// </summary>
    private static IReadOnlyList<ImageReference?> NamesOf(ImageRecord image, TrustAsk ask)
    {
        List<ImageReference> own = [.. image.References.Concat(image.RepoDigests).Select(ImageReference.Parse)];
        var isReference = ImageReference.TryParse(ask.Image, out var asked);
        if (isReference && own.Exists(o => o.Name == asked!.Name))
        {
            return [asked];
        }

        var id = ask.Image.StartsWith("sha256:", StringComparison.Ordinal) ? ask.Image[7..] : ask.Image;
        var isId = image.ConfigDigest.Hex.StartsWith(id, StringComparison.Ordinal) || image.ManifestDigest.Hex.StartsWith(id, StringComparison.Ordinal);
        return !isId && isReference ? [asked] : own.Count > 0 ? [.. own.DistinctBy(static o => o.ToString())] : [null];
    }

    /// <summary>Writes down what was verified, where it is news.</summary>
    private ImageRecord Keep(ImageRecord image, TrustDecision decision)
    {
        if (VerdictOf(decision) is not { } verdict)
        {
            return image;
        }

        var proven = decision.SignedAt is { } at ? time.Raise(at) : Task.CompletedTask;
        _ = proven; // written when the journal comes to it; the floor is up already
        var last = image.Wire.Verdicts?.FirstOrDefault(v => v.Name == verdict.Name && v.Policy == verdict.Policy);
        return last is not null && verdict.At - last.At < TimeSpan.FromDays(1) && last.GoodUntil == verdict.GoodUntil && last.By.SequenceEqual(verdict.By)
            ? image
            : store.Note(image.ManifestDigest, wire => wire with { Verdicts = ImageEvidence.With(verdict, wire.Verdicts) }) ?? image;
    }

    private sealed record Remembered(TrustDecision Decision, int Generation, long Sequence, DateTimeOffset At);
}
