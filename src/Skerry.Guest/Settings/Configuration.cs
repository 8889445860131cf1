using System.Globalization;
using System.Net;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Ttrpc;
using Skerry.Linux;
using Skerry.Linux.Machine;
using Skerry.Linux.Network;

namespace Skerry.Guest.Settings;

/// <summary>
/// Makes this machine the one that the host wants it to be; after a restore it is a copy of others until this is done. Entropy comes
/// first, so that nothing that follows draws from what the copies share.
/// </summary>
internal static class Configuration
{
    private const string Interfaces = "/sys/class/net";
    private const int MaxItems = 64;
    private const int MaxEntropy = 4096;

    /// <exception cref="GuestException">What is asked makes no sense.</exception>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static void Apply(ConfigureRequest wanted)
    {
        if (wanted.Entropy.Length > MaxEntropy || wanted.Interfaces.Count > MaxItems || wanted.Routes.Count > MaxItems || wanted.Hostname.Length > 64
            || wanted.MachineId.Length is not (0 or 16))
        {
            throw Refused($"more than {MaxEntropy} bytes of entropy, {MaxItems} interfaces or routes or 64 characters of host name, or a machine id that is not 16 bytes");
        }

        if (!wanted.Entropy.IsEmpty)
        {
            ThisMachine.AddEntropy(wanted.Entropy.Span);
        }

        if (wanted.UnixNanoseconds > 0)
        {
            ThisMachine.SetClock(wanted.UnixNanoseconds);
        }

        if (wanted.Hostname.Length > 0)
        {
            ThisMachine.SetHostName(wanted.Hostname);
        }

        if (!wanted.MachineId.IsEmpty)
        {
            Directory.CreateDirectory("/etc");
            File.WriteAllText("/etc/machine-id", Convert.ToHexStringLower(wanted.MachineId.Span) + "\n");
        }

        if (wanted.Interfaces.Count > 0 || wanted.Routes.Count > 0)
        {
            Connect(wanted);
        }
    }

    private static void Connect(ConfigureRequest wanted)
    {
        using var link = new RouteLink();
        var cards = Cards();
        var byName = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (place, face) in wanted.Interfaces.Index())
        {
            if (place >= cards.Count)
            {
                throw new GuestException(TtrpcStatusCode.NotFound, $"interface {face.Name} would be virtio-net card {place + 1}, and this machine has {cards.Count}");
            }

            if (face.Name.Length is 0 or > 15 || !face.Name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            {
                throw Refused($"\"{face.Name}\" is no name for an interface");
            }

            var (index, name) = cards[place];
            link.SetUp(index, up: false, name);
            link.SetLink(index, name == face.Name ? null : face.Name, HardwareAddress(face.Mac), face.Mtu, $"{name} as {face.Name}");
            foreach (var address in face.Addresses)
            {
                var (ip, prefix) = Cidr(address);
                link.AddAddress(index, ip, prefix, face.Name);
            }

            link.SetUp(index, up: true, face.Name);
            byName[face.Name] = index;
        }

        foreach (var route in wanted.Routes)
        {
            var (destination, prefix) = Cidr(route.Destination);
            if (!byName.TryGetValue(route.Interface, out var index))
            {
                throw Refused($"the route to {route.Destination} goes through {route.Interface}, which is none of the interfaces");
            }

            link.AddRoute(index, destination, prefix, route.Gateway.Length == 0 ? null : Address(route.Gateway), route.Interface);
        }
    }

    /// <summary>The virtio-net cards by their place: /sys/class/net/X/device is …/virtioN.</summary>
    private static List<(int Index, string Name)> Cards()
    {
        var found = new List<(int Place, int Index, string Name)>();
        foreach (var directory in Directory.EnumerateDirectories(Interfaces))
        {
            var device = new DirectoryInfo(directory + "/device").LinkTarget;
            if (device is not null && Path.GetFileName(device) is var name && name.StartsWith("virtio", StringComparison.Ordinal)
                && int.TryParse(name["virtio".Length..], CultureInfo.InvariantCulture, out var place))
            {
                found.Add((place, int.Parse(File.ReadAllText(directory + "/ifindex"), CultureInfo.InvariantCulture), Path.GetFileName(directory)));
            }
        }

        found.Sort();
        return found.ConvertAll(static f => (f.Index, f.Name));
    }

    private static byte[] HardwareAddress(string mac)
    {
        if (mac.Length == 0)
        {
            return [];
        }

        var parts = mac.Split(':');
        var bytes = new byte[6];
        for (var i = 0; i < 6; i++)
        {
            if (parts.Length != 6 || parts[i].Length != 2 || !byte.TryParse(parts[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[i]))
            {
                throw Refused($"\"{mac}\" is no hardware address");
            }
        }

        return bytes;
    }

    private static (IPAddress Address, int Prefix) Cidr(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var address = Address(slash < 0 ? text : text[..slash]);
        var bits = address.GetAddressBytes().Length * 8;
        return slash < 0 ? (address, bits)
            : int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var prefix) && prefix <= bits ? (address, prefix)
            : throw Refused($"\"{text}\" is no address with a prefix");
    }

    private static IPAddress Address(string text) => IPAddress.TryParse(text, out var address) ? address : throw Refused($"\"{text}\" is no address");

    private static GuestException Refused(string message) => new(TtrpcStatusCode.InvalidArgument, message);
}
