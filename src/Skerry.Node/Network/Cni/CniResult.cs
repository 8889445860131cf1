using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Skerry.Node.Network.Cni;

/// <summary>
/// What a plugin printed after ADD (CNI spec 1.0.0, section 5; 0.3.x and 0.4.0 differ by a "version" in ips, which says nothing new).
/// </summary>
internal sealed class CniResult
{
    private const int MaxItems = 256;
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    private CniResult(JsonObject json) => Json = json;

    /// <summary>The object as it was printed.</summary>
    internal JsonObject Json { get; }

    /// <summary>It as text: the next plugin's prevResult.</summary>
    internal string Text { get; private init; } = string.Empty;

    /// <summary>Parses and checks a result.</summary>
    /// <exception cref="FormatException">It is malformed; the message says how.</exception>
    internal static CniResult Parse(ReadOnlySpan<byte> json, string version)
    {
        try
        {
            var result = Checked(JsonNode.Parse(json, documentOptions: Strict) as JsonObject ?? throw new FormatException("the result is not a JSON object"), version);
            return new CniResult(result.Json) { Text = result.Json.ToJsonString() };
        }
        catch (JsonException error)
        {
            throw new FormatException($"the result is not JSON: {error.Message}", error);
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            throw new FormatException("a string in the result is not valid Unicode", error);
        }
    }

    /// <summary>The lease that the result stands for.</summary>
    internal NetworkLease ToLease(LeaseRecord record)
    {
        var hostInterface = string.Empty;
        var mac = string.Empty;
        foreach (var item in Objects(Json, "interfaces"))
        {
            var name = String(item, "name") ?? string.Empty;
            if (String(item, "sandbox") is { Length: > 0 })
            {
                mac = string.Equals(name, record.Interface, StringComparison.Ordinal) ? String(item, "mac") ?? string.Empty : mac;
            }
            else
            {
                hostInterface = name; // the bridge comes first, the veth's end after it
            }
        }

        var addresses = new List<LeaseAddress>();
        foreach (var ip in Objects(Json, "ips"))
        {
            addresses.Add(Address(ip));
        }

        var dns = Json["dns"] as JsonObject;
        return new NetworkLease
        {
            PodId = record.PodId,
            Network = record.Network,
            Interface = record.Interface,
            HostInterface = hostInterface,
            Mac = mac,
            Addresses = addresses,
            Dns = dns is null ? DnsSettings.None : new DnsSettings(Strings(dns, "nameservers"), Strings(dns, "search"), Strings(dns, "options")),
            Ports = record.Ports,
            NamespacePath = record.NamespacePath,
        };
    }

    private static CniResult Checked(JsonObject root, string version)
    {
        if (String(root, "cniVersion") is { Length: > 0 } printed && !string.Equals(printed, version, StringComparison.Ordinal))
        {
            throw new FormatException($"the result has cniVersion '{(printed.Length > 16 ? printed[..16] : printed)}', the configuration has '{version}'");
        }

        root["cniVersion"] = version;
        foreach (var key in (ReadOnlySpan<string>)["interfaces", "ips", "routes"])
        {
            if (root[key] is { } items && items is not JsonArray { Count: <= MaxItems })
            {
                throw new FormatException($"'{key}' is no array of at most {MaxItems} items");
            }
        }

        // Everything that a lease is made of is read once here, so that making it cannot fail later.
        var result = new CniResult(root);
        _ = result.ToLease(new LeaseRecord { PodId = string.Empty, Network = string.Empty, Interface = string.Empty, NamespacePath = string.Empty, Config = string.Empty });
        return result;
    }

    private static LeaseAddress Address(JsonObject ip)
    {
        var cidr = String(ip, "address") ?? string.Empty;
        var slash = cidr.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !IPAddress.TryParse(cidr.AsSpan(0, slash), out _) || !byte.TryParse(cidr.AsSpan(slash + 1), out var bits) || bits > 128)
        {
            throw new FormatException($"'{(cidr.Length > 64 ? cidr[..64] : cidr)}' in ips is no address in CIDR form");
        }

        var gateway = String(ip, "gateway") ?? string.Empty;
        return gateway.Length == 0 || IPAddress.TryParse(gateway, out _)
            ? new LeaseAddress(cidr, gateway)
            : throw new FormatException($"'{(gateway.Length > 64 ? gateway[..64] : gateway)}' in ips is no gateway address");
    }

    private static IEnumerable<JsonObject> Objects(JsonObject from, string key) =>
        from[key] is JsonArray items ? items.Select(item => item as JsonObject ?? throw new FormatException($"an item of '{key}' is not an object")) : [];

    private static List<string> Strings(JsonObject from, string key) =>
        from[key] is JsonArray items
            ? [.. items.OfType<JsonValue>().Where(static item => item.GetValueKind() == JsonValueKind.String).Select(static item => item.GetValue<string>())]
            : [];

    private static string? String(JsonObject from, string key) =>
        from[key] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
}
