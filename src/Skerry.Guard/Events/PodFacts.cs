namespace Skerry.Guard.Events;

/// <summary>What is known of a pod.</summary>
public sealed class PodFacts
{
    /// <summary>Name of the pod.</summary>
    public Text Name { get; set; }

    /// <summary>Namespace of the pod.</summary>
    public Text Namespace { get; set; }

    /// <summary>Kubernetes' identifier of the pod.</summary>
    public Text Uid { get; set; }

    /// <summary>Identifier of the sandbox.</summary>
    public Text SandboxId { get; set; }

    /// <summary>First address.</summary>
    public Text Address { get; set; }

    /// <summary>Labels of the pod.</summary>
    public IReadOnlyDictionary<string, Text> Labels { get; set; } = new Dictionary<string, Text>();
}
