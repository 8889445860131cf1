using Skerry.Node.Pods;

namespace Skerry.Node.Reconcile;

/// <summary>Gives pods their network and shared namespaces, and takes them back.</summary>
internal sealed class PodNetworking
{
    /// <summary>Makes what a pod needs.</summary>
    internal Task Join(PodState pod, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (pod.Spec.Network is not ("none" or "host"))
        {
            throw PodException.Refused($"network: '{pod.Spec.Network}' is not known on this node");
        }

        return Task.CompletedTask;
    }

    /// <summary>Makes it again after a reboot.</summary>
    internal Task Rejoin(PodState pod) => Join(pod, CancellationToken.None);

    /// <summary>Gives back what a pod has; no error when it has nothing.</summary>
    internal Task Leave(PodState pod)
    {
        _ = pod;
        return Task.CompletedTask;
    }

    /// <summary>Gives back what pods had that are no more.</summary>
    internal Task Sweep(IReadOnlySet<string> pods)
    {
        _ = pods;
        return Task.CompletedTask;
    }
}
