using Skerry.Node.Images;
using Skerry.Node.Images.Pulling;
using Skerry.Node.Images.Trust;
using Skerry.Node.Pods;
using Skerry.Oci;
using Skerry.Oci.Distribution;
using Skerry.Oci.Trust.Policies;

namespace Skerry.Node.Reconcile;

/// <summary>
/// Asks whether images may run, and tells everybody what came of it: each verdict, refusal, warning and override is an event, and an
/// override is on the medium before anything starts.
/// </summary>
internal sealed class TrustDesk(ImageTrust trust, TrustRoots roots, ImagePuller puller, EventHub events)
{
    /// <summary>What judges.</summary>
    internal ImageTrust Trust => trust;

    /// <summary>Trusted roots that come from repositories.</summary>
    internal TrustRoots Roots => roots;

    /// <summary>Judges what a pull is about to fetch.</summary>
    internal PullJudge OnPull(ImageReference reference, TrustAsk ask) => async (client, documents, lease, ct) =>
    {
        var (decision, kept) = await trust.AdmitAsync(client, reference, documents, ask, lease, ct).ConfigureAwait(false);
        await Tell(decision, "pull").ConfigureAwait(false);
        return decision.IsAllowed ? new IntakeEvidence(kept, trust.VerdictOf(decision)) : throw ImageTrust.Refusal(decision);
    };

    /// <summary>Judges an image that is here and that a new container is to run; its registry is asked where what is kept does not do.</summary>
    /// <exception cref="ImageException">It may not run.</exception>
    internal async Task OnCreate(ImageRecord image, TrustAsk ask, CancellationToken ct)
    {
        var clients = new List<RegistryClient>();
        try
        {
            var (decision, _) = await trust.JudgeAsync(image, ask, Open, ct).ConfigureAwait(false);
            await Tell(decision, "create").ConfigureAwait(false);
            if (!decision.IsAllowed)
            {
                throw ImageTrust.Refusal(decision);
            }
        }
        finally
        {
            clients.ForEach(static c => c.Dispose());
        }

        RegistryClient Open(ImageReference reference)
        {
            var client = puller.Client(reference, null);
            clients.Add(client);
            return client;
        }
    }

    /// <summary>Judges the image of a container at each start, by what is kept here and the policy of now.</summary>
    /// <exception cref="ImageException">It may not run.</exception>
    internal async Task OnStart(ImageRecord image, TrustAsk ask, PodState pod)
    {
        var decision = trust.Judge(image, ask);
        if (!decision.IsAllowed || decision.IsInGrace)
        {
            await Tell(decision, "start", pod).ConfigureAwait(false);
        }

        if (!decision.IsAllowed)
        {
            throw ImageTrust.Refusal(decision);
        }
    }

    /// <summary>Judges an image that is here, or at its registry, for somebody who wants to know; nothing is told to others.</summary>
    /// <exception cref="ImageException">It is neither here nor has it a name.</exception>
    internal async Task<TrustDecision> Explain(ImageStore store, TrustAsk ask, bool offline, CancellationToken ct)
    {
        if (store.TryFind(ask.Image) is { } here)
        {
            if (offline)
            {
                return trust.Judge(here, ask);
            }

            using var known = here.RepoDigests.Count > 0 || ImageReference.TryParse(ask.Image, out _) ? puller.Client(ImageReference.TryParse(ask.Image, out var named) ? named : ImageReference.Parse(here.RepoDigests[0]), null) : null;
            return known is null ? trust.Judge(here, ask) : (await trust.JudgeAsync(here, ask, _ => known, ct).ConfigureAwait(false)).Decision;
        }

        if (offline)
        {
            throw new ImageException(ImageProblem.NotFound, $"image {ask.Image}: it is not on this node, and without --offline its registry would be asked");
        }

        var reference = ImageReference.Parse(ask.Image);
        using var client = puller.Client(reference, null);
        var fetched = await client.GetManifestAsync(reference, ct).ConfigureAwait(false);
        List<Descriptor> documents = [fetched.Descriptor];
        for (var at = fetched; at.Manifest is Skerry.Oci.Manifests.ImageIndex index && index.Select(Platform.Current) is { } next && documents.Count < 3; documents.Add(at.Descriptor))
        {
            at = await client.GetManifestAsync(reference.WithDigest(next.Digest), ct).ConfigureAwait(false);
        }

        return (await trust.AdmitAsync(client, reference, documents, ask, null, ct).ConfigureAwait(false)).Decision;
    }

    private Task Tell(TrustDecision decision, string when, PodState? pod = null)
    {
        var type = decision.OverriddenBecause is not null ? "trust.override" : !decision.IsAllowed ? "trust.refuse" : decision.IsVerified ? "trust.verify" : decision.Policy is { NeedsEvidence: true } ? "trust.warn" : "trust.allow";
        (string Key, string Value)[] said =
        [
            ("image", decision.Subject.Reference?.ToString() ?? string.Empty),
            ("digest", decision.Subject.Manifest.Digest.ToString()),
            ("policy", decision.Policy?.Name ?? string.Empty),
            ("place", decision.Policy?.Place ?? string.Empty),
            ("when", when),
            ("why", decision.Why),
        ];
        if (decision.OverriddenBecause is not null)
        {
            return events.TellDurably(type, said);
        }

        if (pod is null)
        {
            events.Tell(type, said);
        }
        else
        {
            events.Tell(type, pod, null, said);
        }

        return Task.CompletedTask;
    }
}
