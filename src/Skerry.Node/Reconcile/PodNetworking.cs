using Skerry.Contracts.Node.V1;
using Skerry.Node.Configuration;
using Skerry.Node.Isolation.Process;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Network;
using Skerry.Node.Pods;

namespace Skerry.Node.Reconcile;

/// <summary>
/// Gives pods their network, shared namespaces and the files that go with them, and takes them back. A pod of one container without a
/// network gets new namespaces with its container and none that are pinned: nothing is left of them when it ends.
/// </summary>
internal sealed class PodNetworking(NodePaths paths, PodNetwork network, PodNamespaces namespaces, IdRangePool ranges)
{
    /// <summary>Makes what a pod needs. A crash in its middle is undone by <see cref="Sweep"/> or by <see cref="Leave"/>.</summary>
    internal async Task Join(PodState pod, CancellationToken cancel)
    {
        var spec = pod.Spec;
        var isNew = pod.Namespaces is null;
        if (NeedsNamespaces(spec))
        {
            (uint, uint)? users = pod.Record.IdSlot < 0 ? null : (ranges.Range(pod.Record.IdSlot).HostStart, IdRange.DefaultCount);
            pod.Namespaces = await Task.Run(() => namespaces.Create(pod.Id, users, spec.Network == PodNetwork.Host, HostnameOf(spec)), cancel).ConfigureAwait(false);
        }

        // Also with no network: a namespace that containers share begins without loopback.
        NetworkLease lease;
        try
        {
            lease = NeedsLease(spec) || pod.Namespaces?.Network is not null
                ? await network.JoinAsync(Request(pod), cancel).ConfigureAwait(false)
                : new NetworkLease { PodId = pod.Id, Network = spec.Network };
        }
        catch when (isNew && pod.Namespaces is not null)
        {
            // Namespaces without a network would pass for joined at the next try.
            namespaces.Remove(pod.Id);
            pod.Namespaces = null;
            throw;
        }

        Show(pod, lease);
        WriteFiles(pod, lease);
    }

    /// <summary>Makes what is missing: after a reboot, or when somebody removed it.</summary>
    internal async Task Ensure(PodState pod)
    {
        if (!Directory.Exists(paths.Pod(pod.Id)) || (NeedsNamespaces(pod.Spec) && pod.Namespaces is null))
        {
            await network.LeaveAsync(pod.Id, CancellationToken.None).ConfigureAwait(false);
            await Join(pod, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Takes note of what an adopted pod has: its lease is told by the network, the journal may not have got it before a crash.</summary>
    internal void Adopt(PodState pod)
    {
        pod.Namespaces = NeedsNamespaces(pod.Spec) ? namespaces.Open(pod.Id) : null;
        if (pod.Namespaces is not null && network.Find(pod.Id) is { } lease)
        {
            Show(pod, lease);
        }
    }

    /// <summary>The node's end of a pod's pair of interfaces; empty: it has none.</summary>
    internal string NodeEnd(PodState pod) => network.Find(pod.Id)?.HostInterface ?? string.Empty;

    /// <summary>Gives back what a pod has; no error when it has nothing.</summary>
    internal async Task Leave(PodState pod)
    {
        if (!NeedsNamespaces(pod.Spec))
        {
            return;
        }

        await network.LeaveAsync(pod.Id, CancellationToken.None).ConfigureAwait(false);
        namespaces.Remove(pod.Id);
        pod.Namespaces = null;
    }

    /// <summary>Gives back what pods had that are no more.</summary>
    internal async Task Sweep(IReadOnlySet<string> pods)
    {
        await network.SweepAsync(pods, CancellationToken.None).ConfigureAwait(false);
        namespaces.Sweep(pods);
    }

    /// <summary>Removes what the node itself made, when no pod is left that uses it.</summary>
    internal async Task TearDown()
    {
        await network.TearDownAsync().ConfigureAwait(false);
        namespaces.TearDown();
    }

    /// <summary>The namespaces that a pod's containers join.</summary>
    internal static NamespacePlan NamespacesOf(PodState pod)
    {
        var owned = pod.Record.IdSlot >= 0;
        return pod.Namespaces is { } shared
            ? new NamespacePlan
            {
                HostNetwork = pod.Spec.Network == PodNetwork.Host,
                Network = shared.Network,
                NetworkOwnedByPod = owned && shared.Network is not null,
                Ipc = shared.Ipc,
                IpcOwnedByPod = owned,
                Uts = shared.Uts,
                User = shared.User,
            }
            : new NamespacePlan { HostNetwork = pod.Spec.Network == PodNetwork.Host };
    }

    /// <summary>The files that a pod's containers are shown.</summary>
    internal IReadOnlyList<MountPlan> FilesOf(PodState pod)
    {
        var directory = paths.Pod(pod.Id);

        // Read-only: they are on the node's own file system, which a container must not fill.
        List<MountPlan> files =
        [
            MountPlan.NodeFile(Path.Combine(directory, "hosts"), "/etc/hosts", readOnly: true),
            MountPlan.NodeFile(Path.Combine(directory, "hostname"), "/etc/hostname", readOnly: true),
        ];
        if (pod.Spec.Network != PodNetwork.None)
        {
            files.Add(MountPlan.NodeFile(Path.Combine(directory, "resolv.conf"), "/etc/resolv.conf", readOnly: true));
        }

        return files;
    }

    private static bool NeedsLease(PodSpec spec) => spec.Network is not (PodNetwork.None or PodNetwork.Host);

    private static bool NeedsNamespaces(PodSpec spec) => NeedsLease(spec) || spec.Containers.Count > 1;

    private static NetworkRequest Request(PodState pod) => new()
    {
        PodId = pod.Id,
        PodName = pod.Name,
        Network = pod.Spec.Network,
        NamespacePath = pod.Namespaces!.Network!,
        Ports = [.. pod.Spec.Ports.Select(static p => new PortRequest(p.HostIp, (int)p.HostPort, (int)p.ContainerPort, p.Protocol.Length == 0 ? "tcp" : p.Protocol))],
        Dns = Asked(pod.Spec),
    };

    private static DnsSettings Asked(PodSpec spec) =>
        spec.Dns is { } dns ? new DnsSettings([.. dns.Servers], [.. dns.Searches], [.. dns.Options]) : DnsSettings.None;

    private static void Show(PodState pod, NetworkLease lease)
    {
        var view = pod.Record.Pod;
        view.Addresses.Clear();
        view.Addresses.AddRange(lease.Addresses.Select(a => new NetworkAddress { Interface = lease.Interface, Address = a.Address, Gateway = a.Gateway, Mac = lease.Mac }));
        view.Ports.Clear();
        view.Ports.AddRange(lease.Ports.Select(static p => new PortMapping { HostIp = p.HostAddress, HostPort = (uint)p.HostPort, ContainerPort = (uint)p.ContainerPort, Protocol = p.Protocol }));
        foreach (var container in pod.Containers)
        {
            container.View.Ports.Clear();
            container.View.Ports.AddRange(view.Ports.Select(static p => p.Clone()));
        }
    }

    /// <summary>A pod on the node's network has the node's name.</summary>
    private static string HostnameOf(PodSpec spec) => spec.Network == PodNetwork.Host ? Environment.MachineName : spec.Hostname;

    private void WriteFiles(PodState pod, NetworkLease lease)
    {
        var directory = paths.Pod(pod.Id);
        Directory.CreateDirectory(directory);
        var hostname = HostnameOf(pod.Spec);
        HostsFile.Write(Path.Combine(directory, "hosts"), hostname, lease);
        HostsFile.WriteHostname(Path.Combine(directory, "hostname"), hostname);
        if (pod.Spec.Network != PodNetwork.None)
        {
            ResolvConf.Write(Path.Combine(directory, "resolv.conf"), ResolvConf.Choose(Asked(pod.Spec), lease.Dns, pod.Spec.Network == PodNetwork.Host));
        }
    }
}
