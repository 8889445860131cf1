using System.Globalization;
using Skerry.Linux.Files;
using Skerry.Node.Configuration;
using Skerry.Node.Images;
using Skerry.Node.Images.Pulling;
using Skerry.Node.Images.Trust;
using Skerry.Node.Images.Upkeep;
using Skerry.Node.Journal;
using Skerry.Node.Pods;
using Skerry.Node.Policy.Trust;
using Skerry.Node.Reconcile;
using Skerry.Oci;
using Skerry.Oci.Distribution;

namespace Skerry.Node;

/// <summary>Opens the image store as the configuration says; what pods use is never pruned from it.</summary>
internal static class NodeImages
{
    private const int MostCredentialBytes = 1 << 20;

    /// <summary>How long a pod that is busy is waited for before it counts as in use.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    internal static ImageChoice Open(NodeOptions options, TimeProvider clock, PodIndex index, EventHub events, TimeFloor time)
    {
        var store = ImageStore.Open(
            new ImagesOptions
            {
                Root = options.Root,
                Quota = options.ImageQuota is { } quota ? new ByteCount(quota) : null,
                KeepBlobs = options.KeepImageBlobs,
                Reserve = options.ImageReserve is { } reserve ? new ByteCount(reserve) : null,
            },
            clock,
            () => UsedBy(index),
            (manifests, ct) => UseAsync(index, manifests, ct));
        var registries = new RegistryOptions
        {
            PlainHttp = options.PlainHttpRegistries.ToHashSet(StringComparer.OrdinalIgnoreCase),
            Mirrors = options.Mirrors,
            CaFiles = options.RegistryCaFiles,
            UserAgent = "skerry/" + NodeVersion.Text,
        };
        var puller = new ImagePuller(store, registries, Credentials(options));
        var trust = new ImageTrust(store, new TrustPolicies(options.TrustDirectory), new ContentTrustFiles(Path.Combine(options.Root, "trust"), registries), time);
        var roots = new TrustRoots(Path.Combine(options.Root, "trust", "tuf"), options.TrustDirectory, registries, time, clock)
        {
            Told = (name, record, changed) => events.Tell("trust.root", ("root", name), ("from", record.From), ("version", Number(record.Version)), ("changed", changed ? "true" : "false"), ("reason", record.Problem)),
        };
        return new ImageChoice(store, puller, new TrustDesk(trust, roots, puller, events));
    }

    /// <summary>The scrub that runs by itself; what it finds is told and goes to the audit log.</summary>
    internal static ScheduledScrub Scrub(NodeOptions options, ImageChoice images, EventHub events, TimeProvider clock) =>
        new(new ImageScrubber(images.Store, images.Puller), Path.Combine(options.Root, "scrub"), options.ImageScrubEvery, options.ImageScrubRate, new MachineCalm().WhyBusy, clock)
        {
            Found = finding => events.Tell("image.damage", ("image", finding.Image), ("digest", finding.Digest.ToString()), ("path", finding.Path), ("reason", finding.Problem), ("next", $"skerry image scrub --repair {finding.Image}")),
            Ended = summary => events.Tell(
                "image.scrub",
                ("blobs", Number(summary.Blobs)), ("files", Number(summary.Files)), ("bytes", Number(summary.Bytes)), ("damaged", Number(summary.Corrupted))),
        };

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static HashSet<Digest> UsedBy(PodIndex index) =>
        [.. index.All.SelectMany(static pod => pod.Containers).Select(static container => Digest.Parse(container.View.ImageDigest))];

    /// <summary>Takes the gates of all pods with such containers, so that none is started, and none copied from while it is stopped.</summary>
    private static async Task<ImageUse> UseAsync(PodIndex index, IReadOnlySet<Digest> manifests, CancellationToken ct)
    {
        bool Uses(PodContainer container) => manifests.Contains(Digest.Parse(container.View.ImageDigest));
        var held = new HashSet<PodState>();
        void Release()
        {
            foreach (var pod in held)
            {
                pod.Gate.Release();
            }
        }

        try
        {
            foreach (var pod in index.All.Where(pod => pod.Containers.Exists(Uses)).OrderBy(static pod => pod.Id, StringComparer.Ordinal))
            {
                if (await pod.Gate.WaitAsync(Patience, ct).ConfigureAwait(false))
                {
                    held.Add(pod);
                }
            }
        }
        catch
        {
            Release();
            throw;
        }

        // A pod that is not held is busy, or was made meanwhile.
        return new ImageUse(
            () => [.. index.All.SelectMany(pod => pod.Containers.Where(c => Uses(c) && (c.IsAlive || !held.Contains(pod)))).Select(static c => c.View.Name).Order(StringComparer.Ordinal)],
            Release);
    }

    private static CredentialStore Credentials(NodeOptions options)
    {
        if (!Path.Exists(options.RegistryAuthFile))
        {
            return CredentialStore.Empty;
        }

        try
        {
            return new CredentialStore(RegularFile.Read(options.RegistryAuthFile, MostCredentialBytes), DockerCredential.Ask);
        }
        catch (Exception error) when (error is OciFormatException or IOException)
        {
            throw new ConfigurationException($"{options.RegistryAuthFile}: {error.Message}");
        }
    }
}
