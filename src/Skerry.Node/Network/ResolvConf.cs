using System.Net;
using System.Text;

namespace Skerry.Node.Network;

/// <summary>
/// A pod's resolv.conf(5): what the pod asked for, else what its network says, else the host's. Resolvers on the host's loopback
/// (systemd-resolved's 127.0.0.53, a local dnsmasq) cannot be reached from a pod's own network namespace; the real ones are taken instead.
/// </summary>
internal static class ResolvConf
{
    private const string HostFile = "/etc/resolv.conf";
    private const string UpstreamFile = "/run/systemd/resolve/resolv.conf";
    private const int MaxServers = 3; // MAXNS, resolv.h
    private const int MaxFileBytes = 64 << 10;

    /// <summary>The settings that a pod gets.</summary>
    /// <param name="asked">What the pod's specification says; each part that is empty comes from elsewhere.</param>
    /// <param name="network">What the network says.</param>
    /// <param name="hostNetwork">The pod shares the host's network: loopback resolvers work there.</param>
    /// <param name="root">Where the host's files are; "/" but in tests.</param>
    internal static DnsSettings Choose(DnsSettings asked, DnsSettings network, bool hostNetwork, string root = "/")
    {
        foreach (var server in asked.Servers)
        {
            if (!IPAddress.TryParse(server, out _))
            {
                throw new NetworkException(NetworkFault.Invalid, $"DNS server '{Printable(server)}' is no IP address", "give an IPv4 or IPv6 address");
            }
        }

        foreach (var text in asked.Searches.Concat(asked.Options))
        {
            if (text.Length == 0 || text.Any(static c => char.IsWhiteSpace(c) || char.IsControl(c)))
            {
                throw new NetworkException(NetworkFault.Invalid, $"'{Printable(text)}' cannot be a DNS search domain or option", "write one word without blanks");
            }
        }

        var fallback = network.Servers.Count > 0 ? network : FromHost(hostNetwork, root);
        return new DnsSettings(
            asked.Servers.Count > 0 ? asked.Servers : fallback.Servers,
            asked.Searches.Count > 0 ? asked.Searches : fallback.Searches,
            asked.Options.Count > 0 ? asked.Options : fallback.Options);
    }

    /// <summary>Writes the file for a pod, readable by all.</summary>
    internal static void Write(string path, DnsSettings settings)
    {
        var text = new StringBuilder();
        if (settings.Searches.Count > 0)
        {
            text.Append("search ").AppendJoin(' ', settings.Searches).Append('\n');
        }

        foreach (var server in settings.Servers.Take(MaxServers))
        {
            text.Append("nameserver ").Append(server).Append('\n');
        }

        if (settings.Options.Count > 0)
        {
            text.Append("options ").AppendJoin(' ', settings.Options).Append('\n');
        }

        PodFile.Write(path, text.ToString());
    }

    /// <summary>Reads a resolv.conf; lines that make no sense are passed over, as the C library does.</summary>
    internal static DnsSettings Parse(string text)
    {
        var servers = new List<string>();
        IReadOnlyList<string> searches = [];
        var options = new List<string>();
        foreach (var line in text.Split('\n'))
        {
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || words[0][0] is '#' or ';')
            {
                continue;
            }

            switch (words[0])
            {
                case "nameserver" when IPAddress.TryParse(words[1], out _):
                    servers.Add(words[1]);
                    break;
                case "search" or "domain":
                    searches = words[1..]; // the last one counts
                    break;
                case "options":
                    options.AddRange(words[1..]);
                    break;
            }
        }

        return new DnsSettings(servers, searches, options);
    }

    private static DnsSettings FromHost(bool hostNetwork, string root)
    {
        var host = Parse(Read(root + HostFile));
        if (hostNetwork)
        {
            return host;
        }

        var reachable = Reachable(host);
        return reachable.Servers.Count > 0 || host.Servers.Count == 0
            ? reachable
            : reachable with { Servers = Reachable(Parse(Read(root + UpstreamFile))).Servers };
    }

    private static DnsSettings Reachable(DnsSettings settings) => settings with
    {
        // A scoped link-local address (fe80::1%eth0) names an interface of the host.
        Servers = [.. settings.Servers.Where(static server =>
            !server.Contains('%', StringComparison.Ordinal) && IPAddress.TryParse(server, out var address) && !IPAddress.IsLoopback(address)
            && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any))],
    };

    private static string Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
            var content = new byte[MaxFileBytes];
            return Encoding.UTF8.GetString(content, 0, file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return string.Empty; // a host without the file has no resolvers to give
        }
    }

    private static string Printable(string text) => new([.. text.Take(64).Select(static c => char.IsControl(c) ? '?' : c)]);
}
