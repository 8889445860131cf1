using Skerry.Contracts.Node.V1;
using Skerry.Linux;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation;

/// <summary>What a tier is told of a pod.</summary>
internal sealed record TierPod
{
    /// <summary>Pod id, 64 hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>What was asked for, complete.</summary>
    public required PodSpec Spec { get; init; }

    /// <summary>The pod's ids; null: the node's own.</summary>
    public IdRange? Ids { get; init; }

    /// <summary>A user namespace with those ids, owned by the node; null: the node's own.</summary>
    public FileDescriptor? Users => FindUsers();

    /// <summary>Finds <see cref="Users"/>, or makes it: not for a pod that is only removed.</summary>
    public required Func<FileDescriptor?> FindUsers { private get; init; }

    /// <summary>Path of its network namespace; null: it has none, or is in the node's.</summary>
    public string? Network { get; init; }

    /// <summary>It is in the node's network.</summary>
    public bool IsHostNetwork { get; init; }

    /// <summary>The interface in <see cref="Network"/> that its addresses are on; empty without a lease.</summary>
    public string Interface { get; init; } = string.Empty;

    /// <summary>A directory of the pod on the node's root, which goes with the pod. It may not be there yet.</summary>
    public required string Directory { get; init; }

    /// <summary>Its containers, in the order of the spec.</summary>
    public IReadOnlyList<TierContainer> Containers => FindContainers();

    /// <summary>Finds <see cref="Containers"/>; their images are looked up.</summary>
    public required Func<IReadOnlyList<TierContainer>> FindContainers { private get; init; }

    /// <summary>What the journal keeps of what the tier made for the pod as a whole; see <see cref="Keep"/>.</summary>
    public required Contracts.Journal.V1.PodRecord Record { get; init; }

    /// <summary>Writes <see cref="Record"/> to the journal, durably before the task ends.</summary>
    public required Func<Task> Keep { get; init; }

    /// <summary>Tells of something that happened to the pod: a type of event, and a word on it.</summary>
    public required Action<string, (string Key, string Value)> Tell { get; init; }
}
