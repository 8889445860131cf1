using System.Text;

namespace Skerry.Node.Network;

/// <summary>A pod's hosts(5) and hostname(5).</summary>
internal static class HostsFile
{
    /// <summary>Writes a pod's hosts file: loopback names, and the pod's name at each of its addresses.</summary>
    internal static void Write(string path, string hostname, NetworkLease lease)
    {
        CheckName(hostname);
        var text = new StringBuilder();
        text.Append("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n");
        foreach (var address in lease.Addresses)
        {
            text.Append(address.Address.AsSpan(0, address.Address.IndexOf('/', StringComparison.Ordinal))).Append('\t').Append(hostname).Append('\n');
        }

        if (lease.Addresses.Count == 0)
        {
            text.Append("127.0.1.1\t").Append(hostname).Append('\n');
        }

        PodFile.Write(path, text.ToString());
    }

    /// <summary>Writes a pod's hostname file.</summary>
    internal static void WriteHostname(string path, string hostname)
    {
        CheckName(hostname);
        PodFile.Write(path, hostname + "\n");
    }

    private static void CheckName(string hostname)
    {
        // gethostname(2): at most 64 bytes; the characters are those of hostname(7), with '_' as many images use it.
        if (hostname.Length is 0 or > 64 || !hostname.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_'))
        {
            throw new NetworkException(NetworkFault.Invalid, "the host name must be 1 to 64 letters, digits, '-', '.' or '_'", "choose another host name");
        }
    }
}
