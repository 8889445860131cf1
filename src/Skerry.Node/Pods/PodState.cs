using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;

namespace Skerry.Node.Pods;

/// <summary>One pod as it is now. Whoever changes it holds <see cref="Gate"/>; one thing happens to a pod at a time.</summary>
internal sealed class PodState(PodRecord record)
{
    /// <summary>What the journal has of it.</summary>
    internal PodRecord Record { get; } = record;

    /// <summary>What was asked for.</summary>
    internal PodSpec Spec => Record.Pod.Spec;

    /// <summary>Pod id.</summary>
    internal string Id => Record.Pod.Id;

    /// <summary>Pod name.</summary>
    internal string Name => Record.Pod.Name;

    /// <summary>Its containers, in the order in which they are started. Fixed when the pod is made.</summary>
    internal List<PodContainer> Containers { get; } = [];

    /// <summary>Namespaces that its containers share and that outlive them; null: each container makes its own.</summary>
    internal Network.PodNamespaceSet? Namespaces { get; set; }

    /// <summary>Held by who changes the pod.</summary>
    internal SemaphoreSlim Gate { get; } = new(1, 1);

    /// <summary>True when it is in quarantine and has been cut off; by this daemon.</summary>
    internal bool IsCut { get; set; }

    /// <summary>True when the pod has been removed: who waited for the gate finds nothing to do.</summary>
    internal bool IsGone { get; set; }

    /// <summary>The pod with its containers, for people.</summary>
    internal Pod View()
    {
        var view = Record.Pod.Clone();
        view.Containers.AddRange(Containers.Select(static c => c.View.Clone()));
        return view;
    }
}
