using Skerry.Contracts.Node.V1;
using Skerry.Node.Isolation;
using Skerry.Oci.Manifests;

namespace Skerry.Node.Reconcile;

/// <summary>An image whose every layer is unpacked and can be mounted.</summary>
internal sealed record RunnableImage
{
    /// <summary>Digest of the manifest.</summary>
    public required string ManifestDigest { get; init; }

    /// <summary>Digest of the config, the image's id.</summary>
    public required string ConfigDigest { get; init; }

    /// <summary>Layer directories, absolute, bottom first.</summary>
    public required IReadOnlyList<string> Layers { get; init; }

    /// <summary>What it was made for.</summary>
    public required Oci.Platform Platform { get; init; }

    /// <summary>What the image says of its process.</summary>
    public required ImageProcess Process { get; init; }

    /// <summary>Reads the annotations of its manifest.</summary>
    public Func<IReadOnlyDictionary<string, string>> ReadAnnotations { get; init; } = static () => new Dictionary<string, string>();

    /// <summary>The image's stop signal, or empty.</summary>
    public string StopSignal { get; init; } = string.Empty;

    /// <summary>What a tier is told of it.</summary>
    internal TierImage Tell() => new()
    {
        ManifestDigest = ManifestDigest,
        Layers = Layers,
        Platform = Platform,
        Process = Process,
        ReadAnnotations = ReadAnnotations,
    };

    /// <summary>What a container of it runs, for people.</summary>
    internal IReadOnlyList<string> CommandOf(ContainerSpec wanted)
    {
        var entrypoint = wanted.Entrypoint.Count > 0 ? wanted.Entrypoint : (IReadOnlyList<string>)Process.Entrypoint;
        var arguments = wanted.Args.Count > 0 || wanted.Entrypoint.Count > 0 ? wanted.Args : (IReadOnlyList<string>)Process.Cmd;
        return [.. entrypoint, .. arguments];
    }
}
