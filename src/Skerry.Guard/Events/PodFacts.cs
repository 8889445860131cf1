namespace Skerry.Guard.Events;

/// <summary>What is known of a pod.</summary>
public sealed class PodFacts : Facts
{
    /// <summary>Name of the pod.</summary>
    public Text Name { get; set => Set(ref field, value); }

    /// <summary>Namespace of the pod.</summary>
    public Text Namespace { get; set => Set(ref field, value); }

    /// <summary>Kubernetes' identifier of the pod.</summary>
    public Text Uid { get; set => Set(ref field, value); }

    /// <summary>Identifier of the sandbox.</summary>
    public Text SandboxId { get; set => Set(ref field, value); }

    /// <summary>First address.</summary>
    public Text Address { get; set => Set(ref field, value); }

    /// <summary>Labels of the pod.</summary>
    public IReadOnlyDictionary<string, Text> Labels { get; set => Set(ref field, value); } = new Dictionary<string, Text>();
}
