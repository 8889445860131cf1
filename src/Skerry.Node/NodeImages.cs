using Skerry.Node.Configuration;
using Skerry.Node.Images;
using Skerry.Node.Images.Pulling;
using Skerry.Node.Pods;
using Skerry.Node.Reconcile;
using Skerry.Oci;
using Skerry.Oci.Distribution;

namespace Skerry.Node;

/// <summary>Opens the image store as the configuration says; what pods use is never pruned from it.</summary>
internal static class NodeImages
{
    internal static ImageChoice Open(NodeOptions options, TimeProvider clock, PodIndex index)
    {
        var store = ImageStore.Open(
            new ImagesOptions
            {
                Root = options.Root,
                Quota = options.ImageQuota is { } quota ? new ByteCount(quota) : null,
                Reserve = options.ImageReserve is { } reserve ? new ByteCount(reserve) : null,
            },
            clock,
            () => UsedBy(index));
        var registries = new RegistryOptions
        {
            PlainHttp = options.PlainHttpRegistries.ToHashSet(StringComparer.OrdinalIgnoreCase),
            Mirrors = options.Mirrors,
            CaFiles = options.RegistryCaFiles,
            UserAgent = "skerry/" + NodeVersion.Text,
        };
        return new ImageChoice(store, new ImagePuller(store, registries, Credentials(options)));
    }

    private static HashSet<Digest> UsedBy(PodIndex index) =>
        [.. index.All.SelectMany(static pod => pod.Containers).Select(static container => Digest.Parse(container.View.ImageDigest))];

    private static CredentialStore Credentials(NodeOptions options)
    {
        if (!File.Exists(options.RegistryAuthFile))
        {
            return CredentialStore.Empty;
        }

        try
        {
            return new CredentialStore(File.ReadAllBytes(options.RegistryAuthFile), DockerCredential.Ask);
        }
        catch (OciFormatException error)
        {
            throw new ConfigurationException($"{options.RegistryAuthFile}: {error.Message}");
        }
    }
}
