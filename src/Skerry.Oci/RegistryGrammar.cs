using System.Net;
using System.Net.Sockets;

namespace Skerry.Oci;

/// <summary>The grammar of hosts and repository paths (distribution/reference, spec.md of OCI distribution v1.1).</summary>
internal static class RegistryGrammar
{
    /// <summary>Offset of the first character that cannot stand there, or -1 for a good <c>host[:port]</c>.</summary>
    public static int BadHost(ReadOnlySpan<char> host)
    {
        var at = 0;
        if (host.StartsWith("["))
        {
            var close = host.IndexOf(']');
            if (close < 0 || !IPAddress.TryParse(host[1..close], out var address) || address.AddressFamily != AddressFamily.InterNetworkV6)
            {
                return 0;
            }

            if (host[1..close].IndexOfAnyExcept("0123456789abcdefABCDEF:.") >= 0)
            {
                return 0;
            }

            at = close + 1;
        }
        else
        {
            var start = 0;
            while (true)
            {
                while (at < host.Length && (char.IsAsciiLetterOrDigit(host[at]) || host[at] == '-'))
                {
                    at++;
                }

                if (at == start || host[start] == '-')
                {
                    return start;
                }

                if (host[at - 1] == '-')
                {
                    return at - 1;
                }

                if (at == host.Length || host[at] != '.')
                {
                    break;
                }

                start = ++at;
            }
        }

        if (at == host.Length)
        {
            return -1;
        }

        if (host[at] != ':')
        {
            return at;
        }

        var port = host[(at + 1)..];
        var bad = port.IndexOfAnyExcept("0123456789");
        if (bad >= 0)
        {
            return at + 1 + bad;
        }

        return ushort.TryParse(port, System.Globalization.CultureInfo.InvariantCulture, out var number) && number > 0 ? -1 : at + 1;
    }

    /// <summary>Offset of the first character that cannot stand there, or -1 for a good repository path.</summary>
    public static int BadRepository(ReadOnlySpan<char> path)
    {
        var at = 0;
        while (true)
        {
            // one component: [a-z0-9]+ ((\.|_|__|-+) [a-z0-9]+)*
            while (true)
            {
                var run = at;
                while (at < path.Length && (char.IsAsciiLetterLower(path[at]) || char.IsAsciiDigit(path[at])))
                {
                    at++;
                }

                if (at == run)
                {
                    return at;
                }

                if (at == path.Length)
                {
                    return -1;
                }

                if (path[at] == '.')
                {
                    at++;
                }
                else if (path[at] == '_')
                {
                    at += at + 1 < path.Length && path[at + 1] == '_' ? 2 : 1;
                }
                else if (path[at] == '-')
                {
                    while (at < path.Length && path[at] == '-')
                    {
                        at++;
                    }
                }
                else
                {
                    break;
                }
            }

            if (path[at] != '/')
            {
                return at;
            }

            at++;
        }
    }
}
