using System.Collections.Concurrent;
using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Images;
using Skerry.Node.Images.Layers;
using Skerry.Node.Images.Pulling;
using Skerry.Node.Images.Trust;
using Skerry.Node.Isolation;
using Skerry.Node.Pods;
using Skerry.Oci;
using Skerry.Oci.Trust.Policies;

namespace Skerry.Node.Reconcile;

/// <summary>Finds the image that a container asks for, pulling it when the policy says so, and gives it as something to run.</summary>
internal sealed class ImageChoice(ImageStore store, ImagePuller puller, TrustDesk trust)
{
    private readonly ConcurrentDictionary<string, RunnableImage> _known = new(StringComparer.Ordinal);

    /// <summary>The images of the node.</summary>
    internal ImageStore Store => store;

    /// <summary>Pulls images.</summary>
    internal ImagePuller Puller => puller;

    /// <summary>Says which images may run.</summary>
    internal TrustDesk Trust => trust;

    /// <summary>
    /// The image for a container. Its lease keeps it from being pruned until the container is in the journal.
    /// </summary>
    /// <exception cref="ImageException">It is not there, or may not run.</exception>
    internal async Task<(RunnableImage Image, ImageLease Lease)> Find(PodSpec pod, ContainerSpec wanted, IProgress<Progress>? progress, CancellationToken cancel)
    {
        var ask = AskOf(pod, wanted.Image);
        var always = wanted.Pull == PullPolicy.Always;
        if (always || store.TryFind(wanted.Image) is null)
        {
            if (wanted.Pull == PullPolicy.Never)
            {
                throw PodException.NotFound($"image {wanted.Image} is not on this node, and it may not be pulled");
            }

            if (!ImageReference.TryParse(wanted.Image, out var reference))
            {
                // Says what is wrong with it.
                ImageReference.Parse(wanted.Image);
                throw PodException.Invalid($"image '{wanted.Image}' is no reference");
            }

            await puller.PullAsync(reference, null, null, progress is null ? null : new PullWords(progress), trust.OnPull(reference, ask), cancel).ConfigureAwait(false);
        }

        // Held first: what is judged is what runs, whatever the name leads to meanwhile.
        var (record, lease) = store.Hold(wanted.Image);
        try
        {
            await trust.OnCreate(record, ask, cancel).ConfigureAwait(false);
            return (Runnable(record), lease);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>Judges the image of a container that is about to start.</summary>
    /// <exception cref="ImageException">It may not run.</exception>
    internal Task Judge(PodState pod, ContainerRecord container) =>
        trust.OnStart(store.Find(container.Container.ImageDigest), AskOf(pod.Spec, container.Container.Image), pod);

    /// <summary>Sees that the layers of an image are as they were verified.</summary>
    /// <exception cref="ImageException">One was changed, or is missing.</exception>
    internal async Task CheckLayers(ContainerRecord container)
    {
        var image = store.Find(container.Container.ImageDigest);
        foreach (var layer in image.Layers.Where(l => image.LayerDirectories.Contains(store.Layers.PathOf(l.Name), StringComparer.Ordinal)))
        {
            await store.Gate.CheckAsync(layer.Name, container.Container.Image, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>What a container's image is to do with programs that are not of it, by the trust policies of now; where they say no, what they say of drift.</summary>
    internal DriftRule DriftOf(PodState pod, ContainerRecord container) => DecisionOn(pod.Spec, container.Container.Image, container.Container.ImageDigest).Drift;

    /// <summary>What the files of a container's image looked like when they were verified; of a layer of which that is not known there is nothing.</summary>
    internal IReadOnlyList<LayerStamps> StampsOf(ContainerRecord container)
    {
        var image = store.Find(container.Container.ImageDigest);
        return [.. image.Layers.Where(l => image.LayerDirectories.Contains(store.Layers.PathOf(l.Name), StringComparer.Ordinal)).Select(l => store.Gate.StampsOf(l.Name)).OfType<LayerStamps>()];
    }

    internal static TrustAsk AskOf(PodSpec pod, string image) => new(image, pod.Trust, pod.TrustReason);

    /// <summary>What a tier is told of a pod's images that are all on the node; null: one of them is not.</summary>
    internal IReadOnlyList<TierImage>? Here(PodSpec pod)
    {
        List<TierImage> images = [];
        foreach (var container in pod.Containers)
        {
            if (store.TryFind(container.Image) is not { } record)
            {
                return null;
            }

            images.Add(Tell(pod, container.Image, Runnable(record)));
        }

        return images;
    }

    /// <summary>Why an image of a pod may not run, by what is kept on this node of its signatures; null where all that are here may.</summary>
    internal ImageException? WhyNot(PodSpec pod) => pod.Containers
        .Select(c => store.TryFind(c.Image) is { } record ? trust.Trust.Judge(record, AskOf(pod, c.Image)) : null)
        .Where(static decision => decision is { IsAllowed: false })
        .Select(static decision => ImageTrust.Refusal(decision!))
        .FirstOrDefault();

    /// <summary>What a tier is told of an image, with what its trust policy asks of the tier.</summary>
    /// <param name="pod">The pod that runs it.</param>
    /// <param name="name">What the pod calls it.</param>
    /// <param name="image">The image.</param>
    /// <remarks>An image that may not run asks nothing: it is refused for that, in whatever tier.</remarks>
    internal TierImage Tell(PodSpec pod, string name, RunnableImage image) =>
        image.Tell() with { DeniesDrift = DecisionOn(pod, name, image.ManifestDigest) is { IsAllowed: true, Drift: DriftRule.Deny } };

    /// <summary>The image of a container that is in the journal: its manifest is never pruned while the container exists.</summary>
    internal RunnableImage Of(ContainerRecord container)
    {
        var digest = container.Container.ImageDigest;
        return _known.TryGetValue(digest, out var known) ? known : Runnable(store.Find(digest));
    }

    /// <summary>Forgets what was remembered of images that are gone.</summary>
    internal void Forget()
    {
        _known.Clear();
        store.Gate.Forget();
    }

    private TrustDecision DecisionOn(PodSpec pod, string name, string digest) => trust.Trust.Judge(store.Find(digest), AskOf(pod, name));

    private RunnableImage Runnable(ImageRecord record) => _known.GetOrAdd(
        record.ManifestDigest.ToString(),
        static (digest, image) => new RunnableImage
        {
            ManifestDigest = digest,
            ConfigDigest = image.ConfigDigest.ToString(),
            Layers = image.LayerDirectories,
            Platform = image.Config.Platform,
            Process = image.Config.Config,
            ReadAnnotations = () => image.Annotations,
            StopSignal = image.Config.Config.StopSignal,
        },
        record);
}
