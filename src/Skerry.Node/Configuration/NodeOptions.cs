namespace Skerry.Node.Configuration;

/// <summary>What a person can configure; see deploy/skerry.toml.</summary>
internal sealed record NodeOptions
{
    /// <summary>What survives a reboot.</summary>
    public string Root { get; init; } = "/var/lib/skerry";

    /// <summary>What need not.</summary>
    public string Run { get; init; } = "/run/skerry";

    /// <summary>The socket; null: node.sock in the run directory.</summary>
    public string? Address { get; init; }

    /// <summary>Group that may use the socket; null: root alone.</summary>
    public string? SocketGroup { get; init; }

    /// <summary>Network of a pod that names none.</summary>
    public string DefaultNetwork { get; init; } = "none";

    /// <summary>The OCI runtime: auto, or the path of a binary.</summary>
    public string Runtime { get; init; } = "auto";

    /// <summary>gVisor's runsc for the sandbox tier: auto, or the path of a binary.</summary>
    public string Sandbox { get; init; } = "auto";

    /// <summary>skerry-wasm for the wasm tier: auto, or the path of a binary beside which libwasmtime.so is.</summary>
    public string Wasm { get; init; } = "auto";

    /// <summary>Modules of pods that have a network may use it.</summary>
    public bool WasmSockets { get; init; }

    /// <summary>Bytes of compiled modules that are kept.</summary>
    public long WasmCodeMax { get; init; } = 512 << 20;

    /// <summary>The microVM tier.</summary>
    public MicrovmOptions Microvm { get; init; } = new();

    /// <summary>The flight recorder.</summary>
    public RecordOptions Record { get; init; } = new();

    /// <summary>The guard.</summary>
    public GuardOptions Guard { get; init; } = new();

    /// <summary>QEMU for guests: auto, or the path of a binary.</summary>
    public string Qemu { get; init; } = "auto";

    /// <summary>Firecracker for guests that are made for it: auto, or the path of a binary.</summary>
    public string Firecracker { get; init; } = "auto";

    /// <summary>Solo5's tenders: auto, or the directory that they are in.</summary>
    public string Solo5 { get; init; } = "auto";

    /// <summary>The lattice of tiers, policies/tiers.toml beside the configuration file; the one built in where it is not there.</summary>
    public string TiersFile { get; init; } = "/etc/skerry/policies/tiers.toml";

    /// <summary>The trust policies, trust/ beside the configuration file.</summary>
    public string TrustDirectory { get; init; } = "/etc/skerry/trust";

    /// <summary>Images that the user trusts: REGISTRY/NAME, or all below REGISTRY/NAME/*.</summary>
    public IReadOnlyList<string> TrustedImages { get; init; } = [];

    /// <summary>conmon.</summary>
    public string MonitorPath { get; init; } = "/usr/bin/conmon";

    /// <summary>Statically linked inits for <c>--init</c>, the first that exists: those of Debian's packages tini and catatonit.</summary>
    public IReadOnlyList<string> Inits { get; init; } = ["/usr/bin/tini-static", "/usr/bin/catatonit"];

    /// <summary>First host id of the first range.</summary>
    public uint FirstUserId { get; init; } = 0x1000_0000;

    /// <summary>How many ranges of 65536 ids there are.</summary>
    public int UserRanges { get; init; } = 16384;

    /// <summary>A container's log starts again from nothing beyond this many bytes.</summary>
    public long LogSizeMax { get; init; } = 16 << 20;

    /// <summary>Log lines below this are not written.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>Log lines are JSON.</summary>
    public bool LogAsJson { get; init; }

    /// <summary>Where metrics are served for Prometheus (host:port); null: nowhere.</summary>
    public string? MetricsAddress { get; init; }

    /// <summary>Where metrics are sent by OTLP (a base URL); null: where the environment says, or nowhere.</summary>
    public string? OtlpEndpoint { get; init; }

    /// <summary>Name of the audit log in its checkpoints; null: one made of the node's own id. A log that exists keeps its name.</summary>
    public string? AuditOrigin { get; init; }

    /// <summary>Bytes of audit entries that are kept.</summary>
    public long AuditKeep { get; init; } = 256 << 20;

    /// <summary>Registries that may be reached without TLS, as HOST or HOST:PORT.</summary>
    public IReadOnlyList<string> PlainHttpRegistries { get; init; } = [];

    /// <summary>Mirrors by registry.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Mirrors { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Certificates (PEM) of authorities that registries are trusted by, beside the machine's.</summary>
    public IReadOnlyList<string> RegistryCaFiles { get; init; } = [];

    /// <summary>Credentials for registries, in the format of docker's config.json.</summary>
    public string RegistryAuthFile { get; init; } = "/etc/skerry/auth.json";

    /// <summary>Most bytes of images; null: no quota.</summary>
    public long? ImageQuota { get; init; }

    /// <summary>How often images are read again in the background; null: never.</summary>
    public TimeSpan? ImageScrubEvery { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Bytes a second that this may read.</summary>
    public long ImageScrubRate { get; init; } = 20 << 20;

    /// <summary>Free bytes that pulls leave on the disk; null: the default.</summary>
    public long? ImageReserve { get; init; }

    /// <summary>Compressed layers stay after they are unpacked.</summary>
    public bool KeepImageBlobs { get; init; } = true;

    /// <summary>IPv4 subnet of the default network (CIDR); null: a free one is picked.</summary>
    public string? Subnet { get; init; }

    /// <summary>IPv6 subnet of the default network (CIDR); null: one derived from the node.</summary>
    public string? Subnet6 { get; init; }

    /// <summary>Directory of CNI network configurations.</summary>
    public string CniConfigDirectory { get; init; } = "/etc/cni/net.d";

    /// <summary>Directories of CNI plugins.</summary>
    public IReadOnlyList<string> CniPluginDirectories { get; init; } = ["/usr/lib/cni", "/opt/cni/bin"];
}
