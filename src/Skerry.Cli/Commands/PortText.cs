using System.Globalization;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary>Ports as docker writes them: <c>80</c>, <c>8080:80</c>, <c>127.0.0.1:8080:80/udp</c>, <c>[::1]:8080:80</c>, ranges.</summary>
internal static class PortText
{
    private const string Form = "write [IP:]HOST:CTR[/tcp|udp|sctp]";

    internal static List<PortMapping> Parse(string text)
    {
        var rest = text;
        var protocol = "tcp";
        if (rest.LastIndexOf('/') is var slash and >= 0)
        {
            protocol = rest[(slash + 1)..].ToLowerInvariant();
            rest = rest[..slash];
            if (protocol is not ("tcp" or "udp" or "sctp"))
            {
                throw new FormatException($"no such protocol: {protocol}; {Form}");
            }
        }

        var ip = "";
        if (rest.StartsWith('['))
        {
            var end = rest.IndexOf("]:", StringComparison.Ordinal);
            if (end < 0)
            {
                throw new FormatException($"the bracket does not close; {Form}");
            }

            ip = rest[1..end];
            rest = rest[(end + 2)..];
        }

        var parts = rest.Split(':');
        if (parts.Length == 3 && ip.Length == 0)
        {
            ip = parts[0];
            parts = parts[1..];
        }

        if (parts.Length > 2 || (ip.Length > 0 && !AddressText.IsAddress(ip)))
        {
            throw new FormatException(parts.Length > 2 ? Form : $"{ip} is no IP address; {Form}");
        }

        var (first, last) = Range(parts[^1]);
        var (host, hostLast) = parts.Length == 2 && parts[0].Length > 0 ? Range(parts[0]) : (0u, 0u);
        if (host != 0 && hostLast - host != last - first)
        {
            throw new FormatException("the two ranges are not of the same length");
        }

        var ports = new List<PortMapping>();
        for (var i = 0u; i <= last - first; i++)
        {
            ports.Add(new PortMapping { HostIp = ip, HostPort = host == 0 ? 0 : host + i, ContainerPort = first + i, Protocol = protocol });
        }

        return ports;
    }

    private static (uint First, uint Last) Range(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var first = Port(dash < 0 ? text : text[..dash]);
        var last = dash < 0 ? first : Port(text[(dash + 1)..]);
        return first <= last ? (first, last) : throw new FormatException($"{text} runs backwards");
    }

    private static uint Port(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535
            ? port
            : throw new FormatException($"{(text.Length == 0 ? "nothing" : text)} is no port from 1 to 65535; {Form}");
}
