using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Skerry.Linux;
using Skerry.Linux.Network;
using Skerry.Linux.Processes;

namespace Skerry.Node.Isolation.Jails;

/// <summary>
/// The cable between a pod's interface and a guest: a tap in the pod's network namespace, joined to eth0 on layer 2 in both directions (tc
/// ingress with mirred redirect, as Kata's tcfilter). The guest takes over eth0's hardware address, addresses and routes, so whatever the
/// network did for the pod (ports, policies, names) holds for the guest. Nothing of a packet reaches the namespace's own stack.
/// </summary>
/// <remarks>
/// All of it lives in the network namespace and goes with it: there is nothing to undo, unless the pod goes on without a guest. Making it again
/// replaces it, which a start after a crash or an end of the guest does.
/// </remarks>
internal static class GuestLink
{
    /// <summary>The tap's name.</summary>
    internal const string Tap = "tap0";

    private const int MostOutput = 256 * 1024;
    private const int MostItems = 64;
    private static readonly string[] Directories = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Makes the cable.
    /// <list type="number">
    /// <item>Read what the interface has: it is what the network gave the pod.</item>
    /// <item>Remove what an earlier guest had.</item>
    /// <item>Make the tap for the pod's first user, without addresses of its own.</item>
    /// <item>Join the two, first towards the guest.</item>
    /// </list>
    /// </summary>
    /// <param name="network">Path of the pod's network namespace.</param>
    /// <param name="owner">The host's id of the user that the monitor runs as.</param>
    /// <param name="device">The pod's interface.</param>
    /// <exception cref="IsolationException">A step failed; the message says which, and what to do.</exception>
    internal static async Task<GuestNetwork> Make(string network, uint owner, string device = "eth0")
    {
        using var inside = LinuxFile.OpenPath(network, 0);
        return await NetworkNamespace.RunAsync(inside, "guest-link", () =>
        {
            // 1. what the interface has
            var guest = Read(device);

            // 2. what was before
            Cut(device);

            // 3. tap
            try
            {
                TapDevice.Make(Tap, owner);
            }
            catch (LinuxException error)
            {
                throw new IsolationException($"network of the guest: {error.Message}; the kernel needs its TUN driver (modprobe tun)", error);
            }

            Run("ip", ["link", "set", "dev", Tap, "mtu", guest.Mtu.ToString(CultureInfo.InvariantCulture), "addrgenmode", "none", "up"]);

            // 4. both directions
            Run("tc", ["-batch", "-"], Join(device, Tap) + Join(Tap, device));
            return guest;
        }).ConfigureAwait(false);
    }

    /// <summary>Opens the tap of a cable, for a monitor that is not in the pod's network.</summary>
    /// <exception cref="IsolationException">It is not there, or a program has it.</exception>
    internal static async Task<FileDescriptor> Open(string network)
    {
        using var inside = LinuxFile.OpenPath(network, 0);
        try
        {
            return await NetworkNamespace.RunAsync(inside, "guest-link", static () => TapDevice.Attach(Tap)).ConfigureAwait(false);
        }
        catch (LinuxException error)
        {
            throw new IsolationException($"network of the guest: {error.Message}", error);
        }
    }

    /// <summary>Removes the cable: the interface is the pod's own again. Nothing there is no error.</summary>
    /// <inheritdoc cref="Make"/>
    internal static async Task Remove(string network, string device = "eth0")
    {
        using var inside = LinuxFile.OpenPath(network, 0);
        await NetworkNamespace.RunAsync(inside, "guest-link", () =>
        {
            Cut(device);
            return true;
        }).ConfigureAwait(false);
    }

    private static void Cut(string device)
    {
        Run("ip", ["-force", "-batch", "-"], $"link del dev {Tap}\n", mayFail: true);
        Run("tc", ["-force", "-batch", "-"], $"qdisc del dev {device} ingress\n", mayFail: true);
    }

    /// <summary>Everything that comes in at the one goes out at the other. u32 with an empty mask matches all (tc-u32(8)); matchall is missing in small kernels.</summary>
    private static string Join(string from, string to) =>
        $"qdisc add dev {from} ingress\nfilter add dev {from} parent ffff: protocol all prio 1 u32 match u32 0 0 action mirred egress redirect dev {to}\n";

    private static GuestNetwork Read(string device)
    {
        var link = Objects(Run("ip", ["-json", "address", "show", "dev", device]), "ip address").FirstOrDefault(static o => o.TryGetProperty("address", out _));
        if (link.ValueKind != JsonValueKind.Object || link.GetProperty("address").GetString() is not { Length: 17 } mac)
        {
            throw new IsolationException($"network of the guest: the pod's interface {device} has no hardware address that a guest could take over; use --network bridge");
        }

        List<string> addresses = [];
        foreach (var one in Members(link, "addr_info"))
        {
            if (Text(one, "scope") == "global" && IPAddress.TryParse(Text(one, "local"), out var address) && one.TryGetProperty("prefixlen", out var bits))
            {
                addresses.Add(string.Create(CultureInfo.InvariantCulture, $"{address}/{bits.GetInt32()}"));
            }
        }

        List<GuestRoute> routes = [.. Routes("-4", "0.0.0.0/0", 32), .. Routes("-6", "::/0", 128)];
        return new GuestNetwork { Tap = Tap, Mac = mac, Mtu = link.GetProperty("mtu").GetInt32(), Addresses = addresses, Routes = routes };

        IEnumerable<GuestRoute> Routes(string family, string all, int bits) =>
            from route in Objects(Run("ip", ["-json", family, "route", "show", "dev", device]), "ip route")
            where Text(route, "protocol") != "kernel" && Text(route, "type") is "" or "unicast"
            let destination = Text(route, "dst")
            where destination.Length > 0
            select new GuestRoute(
                destination == "default" ? all : destination.Contains('/', StringComparison.Ordinal) ? destination : string.Create(CultureInfo.InvariantCulture, $"{destination}/{bits}"),
                Text(route, "gateway"));
    }

    private static IEnumerable<JsonElement> Objects(string json, string what)
    {
        try
        {
            using var document = JsonDocument.Parse(json.Length == 0 ? "[]" : json);
            return [.. document.RootElement.EnumerateArray().Take(MostItems).Where(static e => e.ValueKind == JsonValueKind.Object).Select(static e => e.Clone())];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new IsolationException($"network of the guest: what '{what}' printed is not what iproute2 prints ({error.Message}); install iproute2 5.0 or newer", error);
        }
    }

    private static IEnumerable<JsonElement> Members(JsonElement element, string name) =>
        element.TryGetProperty(name, out var array) && array.ValueKind == JsonValueKind.Array
            ? array.EnumerateArray().Take(MostItems).Where(static e => e.ValueKind == JsonValueKind.Object)
            : [];

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : string.Empty;

    private static string Run(string name, IReadOnlyList<string> arguments, string input = "", bool mayFail = false)
    {
        var file = Directories.Select(d => Path.Combine(d, name)).FirstOrDefault(File.Exists)
            ?? throw new IsolationException($"network of the guest: '{name}' is not installed; install it (Debian: apt install iproute2)");
        var result = BoundedRun.Run(
            new SpawnRequest { Path = file, Arguments = arguments }, Encoding.ASCII.GetBytes(input), MostOutput, 4096, Patience, CancellationToken.None);
        if (result is { End: BoundedRunEnd.Exited, ExitCode: 0 } || mayFail)
        {
            return Encoding.UTF8.GetString(result.Output);
        }

        var said = Encoding.UTF8.GetString(result.Error).Trim().Replace('\n', ' ');
        throw new IsolationException(
            $"network of the guest: {name} {string.Join(' ', arguments)} failed: {said}; the kernel needs sch_ingress, cls_u32 and act_mirred (zcat /proc/config.gz)");
    }
}
