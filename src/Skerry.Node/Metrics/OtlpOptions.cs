using System.Globalization;
using Skerry.Node.Configuration;

namespace Skerry.Node.Metrics;

/// <summary>
/// Where and how metrics are sent by OTLP: the standard variables of OpenTelemetry (opentelemetry.io/docs/specs/otel/protocol/exporter and
/// …/configuration/sdk-environment-variables) and <c>metrics.otlp_endpoint</c>. What is set and cannot be honoured is refused: a node that
/// silently sends elsewhere, or nothing, is worse than one that says so. docs/metrics.md lists all.
/// </summary>
internal sealed record OtlpOptions
{
    private const string Any = "OTEL_EXPORTER_OTLP_";
    private const string Metrics = "OTEL_EXPORTER_OTLP_METRICS_";

    /// <summary>Set, they would change whom the node trusts or what it sends, and nothing here reads them.</summary>
    private static readonly string[] s_notHonoured = ["CERTIFICATE", "CLIENT_KEY", "CLIENT_CERTIFICATE"];

    /// <summary>The whole address that is posted to.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>OTLP/gRPC; else OTLP/HTTP with protobuf.</summary>
    public bool IsGrpc { get; init; }

    /// <summary>Bodies are compressed with gzip.</summary>
    public bool IsCompressed { get; init; }

    /// <summary>Sent with each request: credentials, as a rule; never logged.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>From one export to the next.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>One export may take as long.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What the variables say of the resource, over what the node says of itself.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Resource { get; init; } = [];

    /// <summary>The options; null when no endpoint is set, or OpenTelemetry is switched off.</summary>
    /// <param name="configured"><c>metrics.otlp_endpoint</c>, which stands above the variables for endpoints.</param>
    /// <param name="variable">The value of an environment variable.</param>
    /// <exception cref="ConfigurationException">A value cannot be used.</exception>
    internal static OtlpOptions? Read(string? configured, Func<string, string?> variable)
    {
        string? Value(string name) => variable(name)?.Trim() is { Length: > 0 } text ? text : null;
        (string Name, string Text)? Either(string name) =>
            Value(Metrics + name) is { } own ? (Metrics + name, own) : Value(Any + name) is { } shared ? (Any + name, shared) : null;

        if (string.Equals(Value("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)
            || string.Equals(Value("OTEL_METRICS_EXPORTER"), "none", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var endpoint = configured is not null ? ("metrics.otlp_endpoint", configured) : Either("ENDPOINT");
        if (endpoint is not var (source, address))
        {
            return null;
        }

        if (Value("OTEL_METRICS_EXPORTER") is { } exporter && exporter != "otlp")
        {
            throw new ConfigurationException($"OTEL_METRICS_EXPORTER: '{exporter}': this node exports \"otlp\" or \"none\"; for Prometheus set metrics.address");
        }

        foreach (var name in s_notHonoured)
        {
            if (Either(name) is var (set, _))
            {
                throw new ConfigurationException($"{set} is not honoured: servers are trusted by the machine's authorities (/etc/ssl/certs), and the client has no certificate; unset it");
            }
        }

        var isGrpc = Either("PROTOCOL") is var (protocolName, protocol) && protocol switch
        {
            "grpc" => true,
            "http/protobuf" => false,
            _ => throw new ConfigurationException($"{protocolName}: '{protocol}': known are \"http/protobuf\" and \"grpc\""),
        };
        return new OtlpOptions
        {
            Endpoint = Address(source, address, isGrpc, isWhole: source == Metrics + "ENDPOINT"),
            IsGrpc = isGrpc,
            IsCompressed = Either("COMPRESSION") is var (compressionName, compression) && compression switch
            {
                "gzip" => true,
                "none" => false,
                _ => throw new ConfigurationException($"{compressionName}: '{compression}': known are \"gzip\" and \"none\""),
            },
            Headers = Either("HEADERS") is var (headersName, headers) ? Pairs(headersName, headers) : [],
            Interval = Milliseconds("OTEL_METRIC_EXPORT_INTERVAL", Value("OTEL_METRIC_EXPORT_INTERVAL")) ?? TimeSpan.FromSeconds(60),
            Timeout = Either("TIMEOUT") is var (timeoutName, timeout) ? Milliseconds(timeoutName, timeout)!.Value : TimeSpan.FromSeconds(10),
            Resource = Attributes(Value("OTEL_RESOURCE_ATTRIBUTES"), Value("OTEL_SERVICE_NAME")),
        };
    }

    /// <summary>
    /// An endpoint for all signals is a base below which metrics have their path; one for metrics alone is used as it stands; that of
    /// gRPC names a host.
    /// </summary>
    private static Uri Address(string source, string text, bool isGrpc, bool isWhole)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps) || uri.Host.Length == 0
            || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0)
        {
            // Not repeated as it is: it may hold a password.
            throw new ConfigurationException($"{source}: not an address such as http://127.0.0.1:4318 or https://otel.example:4318 (credentials go to OTEL_EXPORTER_OTLP_HEADERS)");
        }

        return isGrpc ? new Uri(uri, "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")
            : isWhole ? uri
            : new UriBuilder(uri) { Path = uri.AbsolutePath.TrimEnd('/') + "/v1/metrics" }.Uri;
    }

    private static TimeSpan? Milliseconds(string name, string? text)
    {
        if (text is null)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 100 and <= 86_400_000
            ? TimeSpan.FromMilliseconds(number)
            : throw new ConfigurationException($"{name}: '{text}' is no number of milliseconds from 100 to 86400000");
    }

    private static List<KeyValuePair<string, string>> Attributes(string? attributes, string? service)
    {
        var pairs = attributes is null ? [] : Pairs("OTEL_RESOURCE_ATTRIBUTES", attributes);
        if (service is not null)
        {
            pairs.RemoveAll(static pair => pair.Key == "service.name");
            pairs.Add(new("service.name", service));
        }

        return pairs;
    }

    /// <summary><c>key=value,key=value</c>, percent-encoded (W3C Baggage).</summary>
    private static List<KeyValuePair<string, string>> Pairs(string name, string text)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var key = equals > 0 ? Uri.UnescapeDataString(part[..equals].Trim()) : string.Empty;
            var value = equals > 0 ? Uri.UnescapeDataString(part[(equals + 1)..].Trim()) : string.Empty;
            if (key.Length == 0 || key.Concat(value).Any(char.IsControl))
            {
                throw new ConfigurationException($"{name}: part {pairs.Count + 1} is not KEY=VALUE (values are not shown here: they may be credentials)");
            }

            pairs.RemoveAll(pair => pair.Key == key);
            pairs.Add(new(key, value));
        }

        return pairs;
    }
}
