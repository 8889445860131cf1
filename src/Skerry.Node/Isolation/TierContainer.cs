using Skerry.Contracts.Node.V1;

namespace Skerry.Node.Isolation;

/// <summary>What a tier is told of a container.</summary>
internal sealed record TierContainer
{
    /// <summary>Container id, 64 hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>What was asked for.</summary>
    public required ContainerSpec Spec { get; init; }

    /// <summary>The image it runs.</summary>
    public required TierImage Image { get; init; }

    /// <summary>The bundle, on the run directory.</summary>
    public required string Bundle { get; init; }

    /// <summary>Its writable directory, on the node's root.</summary>
    public required string Writable { get; init; }

    /// <summary>It is thrown away with the pod.</summary>
    public bool IsEphemeral { get; init; }
}
