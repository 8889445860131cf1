namespace Skerry.Oci.Distribution;

/// <summary>How registries are reached. Hosts are <c>name</c> or <c>name:port</c>, as in image references.</summary>
public sealed record RegistryOptions
{
    /// <summary>For a registry, the mirrors asked before it, in order: <c>host[:port][/path]</c>. A mirror only needs to be reachable, not trusted, for images named by digest.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Mirrors { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Registries and mirrors spoken to by plain HTTP. All others are HTTPS, loopback too.</summary>
    public IReadOnlySet<string> PlainHttp { get; init; } = new HashSet<string>();

    /// <summary>PEM files with certificate authorities that are trusted beside the system's.</summary>
    public IReadOnlyList<string> CaFiles { get; init; } = [];

    /// <summary>Whether the proxy variables of the environment (<c>HTTPS_PROXY</c> …) count.</summary>
    public bool UseProxy { get; init; } = true;

    /// <summary>Time to reach a host and agree on TLS.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Time from a request to the headers of its answer.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest wait for the next bytes of a body.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest that a trust server, or a repository of trusted roots, may take for all that one verification asks of it.</summary>
    public TimeSpan TrustTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How often the registry itself is asked before giving up; mirrors are asked once.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>First pause between attempts; doubles each time, give or take half.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Longest pause; a <c>Retry-After</c> beyond it ends the attempts.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What the client calls itself.</summary>
    public string UserAgent { get; init; } = "skerry/0.1";

    /// <summary>Which addresses count as the public Internet. A seam for tests, which have only loopback.</summary>
    internal Func<System.Net.IPAddress, bool> IsPublicAddress { get; init; } = AddressRules.IsPublic;
}
