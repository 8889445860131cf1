using Skerry.Oci.Manifests;

namespace Skerry.Oci.Distribution;

/// <summary>What a search for signatures found, and what it passed over.</summary>
/// <param name="Signatures">Layers to be verified, in the order in which they were found.</param>
/// <param name="PassedOver">One sentence for each thing that looked like a signature and could not be taken.</param>
/// <param name="Manifests">The manifests that they are in, with all that belongs to them: what a node keeps to verify again without a network.</param>
public sealed record SignatureSearch(IReadOnlyList<FoundSignature> Signatures, IReadOnlyList<string> PassedOver, IReadOnlyList<SignatureManifest> Manifests)
{
    /// <summary>Most referrers that are looked at, and most layers of one.</summary>
    public const int MaxManifests = 64;

    /// <summary>Most bytes of signatures that are taken for one image.</summary>
    public const long MaxBytes = 32L * 1024 * 1024;

    /// <summary>How long a search may take. A registry that gives a byte now and then never stalls, and must hold nobody back.</summary>
    public static readonly TimeSpan MaxTime = TimeSpan.FromMinutes(2);

    private const long MaxConfig = 64 * 1024;

    /// <summary>Looks for all that signs an image: its referrers, by the API or the fallback tag, and cosign's tags <c>.sig</c> and <c>.att</c>.</summary>
    /// <remarks>
    /// What an index says of a referrer's kind is not believed (some tools write it wrong): each manifest is fetched by its digest,
    /// and must name the image as its subject. Somebody who floods a registry with referrers can hide a signature, not forge one.
    /// </remarks>
    /// <exception cref="RegistryException">The registry did not answer, or not in time; that something is not there is no failure.</exception>
    public static Task<SignatureSearch> RunAsync(RegistryClient client, ImageReference repository, Digest image, CancellationToken cancellationToken = default) =>
        RunAsync(client, repository, image, MaxTime, cancellationToken);

    internal static async Task<SignatureSearch> RunAsync(RegistryClient client, ImageReference repository, Digest image, TimeSpan time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(repository);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(time);
        try
        {
            return await FindAsync(client, repository, image, end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RegistryException($"look for signatures of {image}", RegistryFailure.Timeout, $"the registry took more than {time.TotalSeconds:0.###} s over them", repository.Registry, e);
        }
    }

    private static async Task<SignatureSearch> FindAsync(RegistryClient client, ImageReference repository, Digest image, CancellationToken cancellationToken)
    {
        var run = new Search(client, repository, cancellationToken);
        var referrers = await client.GetReferrersAsync(repository, image, cancellationToken).ConfigureAwait(false);
        foreach (var referrer in referrers.DistinctBy(static r => r.Digest).Take(MaxManifests))
        {
            await run.TakeAsync(repository.WithDigest(referrer.Digest), $"referrer {referrer.Digest}", image).ConfigureAwait(false);
        }

        if (referrers.Count > MaxManifests)
        {
            run.PassedOver.Add($"{referrers.Count - MaxManifests} referrers beyond the first {MaxManifests}");
        }

        foreach (var suffix in (string[])["sig", "att"])
        {
            var tag = $"{image.Algorithm}-{image.Hex}.{suffix}";
            await run.TakeAsync(repository.WithTag(tag), $"tag {tag}", null).ConfigureAwait(false);
        }

        return new SignatureSearch([.. run.Found.SelectMany(static m => m.Signatures)], run.PassedOver, run.Found);
    }

    /// <summary>One search.</summary>
    private sealed class Search(RegistryClient client, ImageReference repository, CancellationToken cancellationToken)
    {
        private long _left = MaxBytes;

        public List<SignatureManifest> Found { get; } = [];

        public List<string> PassedOver { get; } = [];

        /// <param name="manifest">The manifest of a signature.</param>
        /// <param name="place">Where that is, in words.</param>
        /// <param name="subject">What it must be about; null where its place says that.</param>
        public async Task TakeAsync(ImageReference manifest, string place, Digest? subject)
        {
            try
            {
                var fetched = await client.GetManifestAsync(manifest, cancellationToken).ConfigureAwait(false);
                if (fetched.Manifest is not ImageManifest parsed || subject is { } image && parsed.Subject?.Digest != image)
                {
                    PassedOver.Add($"{place} is not about this image");
                    return;
                }

                var layers = parsed.Layers.Where(static l => SignatureManifest.IsSignature(l.MediaType)).Take(MaxManifests).ToList();
                var blobs = new List<(Descriptor, ReadOnlyMemory<byte>)>();
                foreach (var layer in layers)
                {
                    if (await TakeAsync(place, layer).ConfigureAwait(false) is { } blob)
                    {
                        blobs.Add((layer, blob));
                    }
                }

                if (blobs.Count > 0)
                {
                    Found.Add(new SignatureManifest(place, fetched.Descriptor, fetched.Bytes, await ConfigAsync(parsed.Config).ConfigureAwait(false), blobs));
                }
            }
            catch (RegistryException e) when (e.Failure == RegistryFailure.NotFound)
            {
                if (subject is not null)
                {
                    PassedOver.Add($"{place} is listed and not there");
                }
            }
            catch (RegistryException e) when (e.Failure is RegistryFailure.Protocol or RegistryFailure.Integrity)
            {
                PassedOver.Add($"{place}: {e.Reason}");
            }
        }

        private async Task<ReadOnlyMemory<byte>?> TakeAsync(string place, Descriptor layer)
        {
            if (layer.Size > Math.Min(_left, ManifestLimits.MaxBytes))
            {
                PassedOver.Add($"{place}: {layer.Digest} has {layer.Size} bytes, more than are taken");
                return null;
            }

            var blob = await client.GetBlobAsync(repository, layer, cancellationToken).ConfigureAwait(false);
            _left -= layer.Size;
            return blob;
        }

        /// <summary>Says nothing of the signature, and belongs to it where it is handed on. Many are the two bytes that every tool knows.</summary>
        private async Task<ReadOnlyMemory<byte>?> ConfigAsync(Descriptor config)
        {
            if (config.Digest == SignatureManifest.EmptyDigest)
            {
                return SignatureManifest.Empty;
            }

            if (config.Size > Math.Min(_left, MaxConfig))
            {
                return null;
            }

            try
            {
                var bytes = await client.GetBlobAsync(repository, config, cancellationToken).ConfigureAwait(false);
                _left -= config.Size;
                return bytes;
            }
            catch (RegistryException e) when (e.Failure is RegistryFailure.NotFound or RegistryFailure.Protocol or RegistryFailure.Integrity)
            {
                return null;
            }
        }
    }
}
