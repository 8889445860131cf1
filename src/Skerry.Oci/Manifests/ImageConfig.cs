namespace Skerry.Oci.Manifests;

/// <summary>An image's configuration: what it is made for and how its process starts (OCI config.md).</summary>
public sealed record ImageConfig
{
    /// <summary>Platform the image was made for.</summary>
    public required Platform Platform { get; init; }

    /// <summary>When it was made; null when it does not say or says no valid RFC 3339 time.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>Who made it.</summary>
    public string? Author { get; init; }

    /// <summary>How the process starts.</summary>
    public required ImageProcess Config { get; init; }

    /// <summary>Digests of the unpacked layers, lowest first.</summary>
    public required IReadOnlyList<Digest> DiffIds { get; init; }

    /// <summary>How the layers came about.</summary>
    public required IReadOnlyList<ImageHistory> History { get; init; }

    /// <summary>Parses a configuration blob; strict as <see cref="ManifestParser.Parse"/>.</summary>
    /// <exception cref="OciFormatException">Malformed or over a limit.</exception>
    public static ImageConfig Parse(ReadOnlyMemory<byte> json) => ManifestParser.ParseConfig(json);

    /// <summary>Parses the configuration of an image, or of a WebAssembly artifact, for which it also says what an image's would.</summary>
    /// <param name="json">The blob.</param>
    /// <param name="mediaType">As the manifest says.</param>
    /// <param name="layers">Digests of the manifest's layers, lowest first: an artifact's are not compressed.</param>
    /// <exception cref="OciFormatException">Malformed or over a limit; an artifact without its one module.</exception>
    public static ImageConfig Parse(ReadOnlyMemory<byte> json, string mediaType, IReadOnlyList<Digest> layers) =>
        MediaTypes.IsWasmConfig(mediaType) ? ManifestParser.ParseWasmConfig(json, layers) : ManifestParser.ParseConfig(json);
}

/// <summary>How an image's process starts: the defaults a container takes over.</summary>
public sealed record ImageProcess
{
    /// <summary><c>user[:group]</c> by name or number; empty for root.</summary>
    public string User { get; init; } = "";

    /// <summary>Ports it listens on: <c>8080/tcp</c>.</summary>
    public IReadOnlyList<string> ExposedPorts { get; init; } = [];

    /// <summary><c>NAME=VALUE</c>, each with a name.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    /// <summary>First words of the command line.</summary>
    public IReadOnlyList<string> Entrypoint { get; init; } = [];

    /// <summary>Further words, or all of them without an entry point.</summary>
    public IReadOnlyList<string> Cmd { get; init; } = [];

    /// <summary>Directories that hold data of the container.</summary>
    public IReadOnlyList<string> Volumes { get; init; } = [];

    /// <summary>Directory it starts in; empty for <c>/</c>.</summary>
    public string WorkingDir { get; init; } = "";

    /// <summary>Labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Signal that asks it to end: name or number; empty for SIGTERM.</summary>
    public string StopSignal { get; init; } = "";

    /// <summary>Shell of the shell form of commands (Docker).</summary>
    public IReadOnlyList<string> Shell { get; init; } = [];

    /// <summary>Whether the arguments in <see cref="Cmd"/> are one escaped command line (Windows images).</summary>
    public bool ArgsEscaped { get; init; }
}

/// <summary>One step in the making of an image.</summary>
public sealed record ImageHistory(DateTimeOffset? Created, string? CreatedBy, string? Comment, bool EmptyLayer);
