using Skerry.Oci;
using Skerry.Oci.Distribution;

namespace Skerry.Node.Images.Pulling;

/// <summary>Judges an image with what its registry has of signatures; throws where it may not come in.</summary>
internal delegate Task<IntakeEvidence> PullJudge(RegistryClient client, IReadOnlyList<Descriptor> documents, ImageLease lease, CancellationToken ct);

/// <summary>
/// Pulls images from registries into the store: parallel, resumable, every byte verified before anything reads it.
/// Safe for several threads; pulls of the same blobs share one download.
/// </summary>
public sealed class ImagePuller
{
    private readonly ImageStore _store;
    private readonly RegistryOptions _registries;
    private readonly CredentialStore _credentials;
    private readonly ImageIntake _intake;

    /// <param name="store">Where images go.</param>
    /// <param name="registries">How registries are reached.</param>
    /// <param name="credentials">The node's own credentials; a pull may bring others.</param>
    public ImagePuller(ImageStore store, RegistryOptions registries, CredentialStore? credentials = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        _registries = registries;
        _credentials = credentials ?? CredentialStore.Empty;
        _intake = new ImageIntake(store);
    }

    /// <summary>Pulls one image. Killed at any point, the next pull goes on with the bytes that came.</summary>
    /// <param name="reference">What to pull.</param>
    /// <param name="platform">For which platform; null: this machine's.</param>
    /// <param name="credential">For this pull only; null: the node's.</param>
    /// <param name="progress">Told what happens, from any thread, at most every MiB of each object.</param>
    /// <param name="ct">Stops it.</param>
    /// <exception cref="ImageException">It does not fit, is not allowed, or its bytes are wrong.</exception>
    /// <exception cref="RegistryException">The registry does not give it.</exception>
    public Task<ImageRecord> PullAsync(
        ImageReference reference, Platform? platform = null, RegistryCredential? credential = null, IProgress<PullProgress>? progress = null, CancellationToken ct = default) =>
        PullAsync(reference, platform, credential, progress, null, ct);

    /// <summary>As the other, judged before any of its content is fetched.</summary>
    internal async Task<ImageRecord> PullAsync(
        ImageReference reference, Platform? platform, RegistryCredential? credential, IProgress<PullProgress>? progress, PullJudge? judge, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(reference);
        using var client = Client(reference, credential);
        progress?.Report(new PullProgress(PullPhase.Resolving, default, 0, 0));
        var fetched = await client.GetManifestAsync(reference, ct).ConfigureAwait(false);
        string[] references = reference.Tag is { } tag ? [reference.WithTag(tag).ToString()] : [];
        var plan = new IntakePlan(fetched.Descriptor, fetched.Bytes, platform ?? Platform.Current, references, reference.Name, judge is null ? null : (documents, lease, stop) => judge(client, documents, lease, stop));
        return await _intake.TakeAsync(new RegistrySource(client, reference), plan, progress, ct).ConfigureAwait(false);
    }

    /// <summary>Where blobs of an image that is here may be had to mend them: each repository that a name of it tells.</summary>
    internal IEnumerable<(IImageSource Source, IDisposable Owner)> SourcesOf(ImageRecord image)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in image.RepoDigests.Concat(image.References))
        {
            if (ImageReference.TryParse(name, out var reference) && seen.Add(reference.Name))
            {
                var client = Client(reference, null);
                yield return (new RegistrySource(client, reference), client);
            }
        }
    }

    /// <summary>Speaks to the registry of an image, with the node's credentials or others.</summary>
    internal RegistryClient Client(ImageReference reference, RegistryCredential? credential) =>
        new(_registries, credential is null ? _credentials : CredentialStore.Of(reference.Registry, credential), _store.Time);
}
