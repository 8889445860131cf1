namespace Skerry.Node.Isolation.Microvm;

/// <summary>Where the node keeps what belongs to the machine of one pod; all of it is of this boot and goes with the pod's directory.</summary>
/// <param name="Pod">The pod's directory, or that under which its machine was made.</param>
internal sealed record MachinePaths(string Pod)
{
    /// <summary>Those of a pod's machine; one that was made ahead of its pod keeps the directory that it was made in.</summary>
    internal static MachinePaths Of(TierPod pod) => Of(pod.Directory, pod.Record);

    /// <inheritdoc cref="Of(TierPod)"/>
    internal static MachinePaths Of(string pod, Contracts.Journal.V1.PodRecord record) =>
        new(record.Machine is { Parked.Length: > 0 } machine ? Path.Combine(Path.GetDirectoryName(pod)!, machine.Parked) : pod);

    /// <summary>In the jail: where the document is.</summary>
    internal const string DocumentInside = "/run/skerry/vm.json";

    /// <summary>In every jail of the pod: the directory where holder, carriers and node meet.</summary>
    internal const string MeetingInside = "/run/skerry/machine";

    /// <summary>The socket's name there.</summary>
    internal const string Socket = "socket";

    /// <summary>The name of the socket there on which the node changes the machine's size.</summary>
    internal const string Sizing = "size";

    /// <summary>All of it.</summary>
    internal string Directory => Path.Combine(Pod, "machine");

    /// <summary>The jail's bundle.</summary>
    internal string Bundle => Path.Combine(Directory, "bundle");

    /// <summary>The jail's writable directory.</summary>
    internal string Writable => Path.Combine(Directory, "writable");

    /// <summary>Where holder, carriers and node meet. What lies there may be a stranger's: it belongs to the jail's user.</summary>
    internal string Meeting => Path.Combine(Directory, "meeting");

    /// <summary>What the holder is told.</summary>
    internal string Document => Path.Combine(Directory, "vm.json");

    /// <summary>In the jails of the machine and of its volumes: the directory of the sockets between the two.</summary>
    internal const string ShareInside = "/run/skerry/share";

    /// <summary>That directory. What lies there may be a stranger's.</summary>
    internal string Share => Path.Combine(Directory, "share");

    /// <summary>The bundle of the jail of its volumes.</summary>
    internal string ShareBundle => Path.Combine(Directory, "share-bundle");

    /// <summary>The writable directory of that jail.</summary>
    internal string ShareWritable => Path.Combine(Directory, "share-writable");

    /// <summary>What the server of its volumes printed.</summary>
    internal string ShareLog => Path.Combine(Directory, "share-log");

    /// <summary>What the machine printed.</summary>
    internal string Log => Path.Combine(Directory, "log");
}
