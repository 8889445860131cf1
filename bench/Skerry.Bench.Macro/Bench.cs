using System.Globalization;
using Skerry.Bench.Macro.Images;
using Skerry.Bench.Macro.Peers;

namespace Skerry.Bench.Macro;

/// <summary>What the sections share: the peers, started when first asked for, and how much to measure.</summary>
internal sealed class Bench(Workplace place, BenchOptions options) : IAsyncDisposable
{
    private Registry? registry;
    private Containerd? containerd;
    private Podman? podman;
    private SkerryNode? skerry;
    private string? rootfs;
    private ImageLayout? layered;
    private bool loaded;

    public Workplace Place => place;

    public BenchOptions Options => options;

    public Action<string> Say { get; } = line => Console.Error.WriteLine(line);

    /// <summary>The daemon, when it has been started.</summary>
    public SkerryNode? Skerry => skerry;

    /// <summary>What cannot take part, and why.</summary>
    public Dictionary<string, string> Absent { get; } = [];

    /// <summary>The small image's files, for the OCI runtime alone.</summary>
    public string Rootfs
    {
        get
        {
            if (rootfs is null)
            {
                rootfs = place.Disk("rootfs");
                SmallImage.WriteRootfs(rootfs);
            }

            return rootfs;
        }
    }

    /// <summary>The registry with the small image in it.</summary>
    public async Task<Registry> RegistryAsync()
    {
        if (registry is null)
        {
            registry = await Registry.StartAsync(place).ConfigureAwait(false);
            string layout = place.Disk("layout-small");
            SmallImage.WriteLayout(layout);
            Registry.Push(place, layout, Registry.Small);
        }

        return registry;
    }

    /// <summary>The registry with the layered image in it too.</summary>
    public async Task<ImageLayout> LayeredImageAsync()
    {
        _ = await RegistryAsync().ConfigureAwait(false);
        if (layered is null)
        {
            Say("  writing the layered image");
            string layout = place.Disk("layout-layered");
            layered = LayeredImage.WriteLayout(layout, place.Packages, File.ReadLines(Path.Combine(place.Bench, "packages.txt")));
            Registry.Push(place, layout, Registry.Layered);
        }

        return layered;
    }

    /// <summary>A node of its own with the image of bench/load, its guard set up as given; null where Skerry is not there.</summary>
    public async Task<SkerryNode?> GuardedAsync(string name, string guard)
    {
        if (!SkerryNode.IsThere(place))
        {
            return Miss<SkerryNode>("Skerry", $"{place.Dist} has no skerryd and skerry: run scripts/build");
        }

        _ = await RegistryAsync().ConfigureAwait(false);
        if (!loaded)
        {
            string layout = place.Disk("layout-load");
            LoadImage.WriteLayout(layout, place.Load);
            Registry.Push(place, layout, Registry.Load);
            loaded = true;
        }

        SkerryNode node = await SkerryNode.StartAsync(place, name, guard).ConfigureAwait(false);
        node.Pull(Registry.Load);
        return node;
    }

    /// <summary>podman with the small image, or null.</summary>
    public async Task<Podman?> PodmanAsync()
    {
        if (podman is null && Podman.IsThere)
        {
            _ = await RegistryAsync().ConfigureAwait(false);
            podman = new Podman(place);
            podman.Pull(Registry.Small);
        }

        return podman ?? Miss<Podman>("podman", "podman is not installed");
    }

    /// <summary>containerd with the small image, or null.</summary>
    public async Task<Containerd?> ContainerdAsync()
    {
        if (containerd is null && Containerd.IsThere)
        {
            _ = await RegistryAsync().ConfigureAwait(false);
            containerd = await Containerd.StartAsync(place).ConfigureAwait(false);
            _ = Spawning.Child.Read(containerd.Pull(Registry.Small), place.Tmp);
        }

        return containerd ?? Miss<Containerd>("containerd", "containerd is not installed");
    }

    /// <summary>Skerry's daemon with the small image, or null.</summary>
    public async Task<SkerryNode?> SkerryAsync()
    {
        if (skerry is null && !Absent.ContainsKey("Skerry"))
        {
            if (!SkerryNode.IsThere(place))
            {
                return Miss<SkerryNode>("Skerry", $"{place.Dist} has no skerryd and skerry: run scripts/build");
            }

            _ = await RegistryAsync().ConfigureAwait(false);
            try
            {
                skerry = await SkerryNode.StartAsync(place, "node").ConfigureAwait(false);
                skerry.Pull(Registry.Small);
            }
            catch (BenchException e)
            {
                return Miss<SkerryNode>("Skerry", e.Message);
            }
        }

        return skerry;
    }

    /// <summary>A number that is unique in this run, for names.</summary>
    public static string Id(string prefix, int number) => prefix + number.ToString(CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable? peer in new IAsyncDisposable?[] { skerry, containerd, registry })
        {
            if (peer is not null)
            {
                await peer.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private T? Miss<T>(string what, string why)
        where T : class
    {
        Absent[what] = why;
        return null;
    }
}
