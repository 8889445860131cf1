namespace Skerry.Node.Isolation.Microvm;

/// <summary>Where the node keeps what belongs to the machine of one pod; all of it is of this boot and goes with the pod's directory.</summary>
/// <param name="Pod">The pod's directory.</param>
internal sealed record MachinePaths(string Pod)
{
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

    /// <summary>What the machine printed.</summary>
    internal string Log => Path.Combine(Directory, "log");
}
