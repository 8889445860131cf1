using System.Collections.Concurrent;
using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Images;
using Skerry.Node.Images.Pulling;
using Skerry.Node.Isolation;
using Skerry.Node.Pods;
using Skerry.Oci;

namespace Skerry.Node.Reconcile;

/// <summary>Finds the image that a container asks for, pulling it when the policy says so, and gives it as something to run.</summary>
internal sealed class ImageChoice(ImageStore store, ImagePuller puller)
{
    private readonly ConcurrentDictionary<string, RunnableImage> _known = new(StringComparer.Ordinal);

    /// <summary>The images of the node.</summary>
    internal ImageStore Store => store;

    /// <summary>Pulls images.</summary>
    internal ImagePuller Puller => puller;

    /// <summary>
    /// The image for a container. Its lease keeps it from being pruned until the container is in the journal.
    /// </summary>
    internal async Task<(RunnableImage Image, ImageLease Lease)> Find(ContainerSpec wanted, IProgress<Progress>? progress, CancellationToken cancel)
    {
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

            await puller.PullAsync(reference, progress: progress is null ? null : new PullWords(progress), ct: cancel).ConfigureAwait(false);
        }

        var (record, lease) = store.Hold(wanted.Image);
        return (Runnable(record), lease);
    }

    /// <summary>What a tier is told of images that are all on the node; null: one of them is not.</summary>
    internal IReadOnlyList<TierImage>? Here(IEnumerable<ContainerSpec> wanted)
    {
        List<TierImage> images = [];
        foreach (var container in wanted)
        {
            if (store.TryFind(container.Image) is not { } record)
            {
                return null;
            }

            images.Add(Runnable(record).Tell());
        }

        return images;
    }

    /// <summary>The image of a container that is in the journal: its manifest is never pruned while the container exists.</summary>
    internal RunnableImage Of(ContainerRecord container)
    {
        var digest = container.Container.ImageDigest;
        return _known.TryGetValue(digest, out var known) ? known : Runnable(store.Find(digest));
    }

    /// <summary>Forgets what was remembered of images that are gone.</summary>
    internal void Forget() => _known.Clear();

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
