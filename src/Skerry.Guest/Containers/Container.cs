using Skerry.Contracts.Ttrpc;
using Skerry.Guest.Boot;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Mounts;
using Skerry.Linux.Processes;

namespace Skerry.Guest.Containers;

/// <summary>One container: its directory in /run/c (bundle, writable layer, files laid over it), its control group, its first process.</summary>
internal sealed class Container(string id)
{
    /// <summary>Where the runtime keeps its own records.</summary>
    public const string RuntimeState = "/run/crun";

    /// <summary>64 hexadecimal digits.</summary>
    public string Id { get; } = id;

    /// <summary>The bundle of the OCI runtime.</summary>
    public string Directory { get; } = $"/run/c/{id}";

    /// <summary>The mounted root.</summary>
    public string Root => Directory + "/root";

    /// <summary>Its control group.</summary>
    public ContainerCgroup Cgroup { get; } = new($"{FirstSteps.ContainerCgroups}/{id}");

    /// <summary>Its first process; null before it runs and after it has ended.</summary>
    public ChildProcess? Init { get; set; }

    /// <summary>What is mounted below <see cref="Directory"/>, in order.</summary>
    public List<string> Mounts { get; } = [];

    /// <summary>Sends a signal to the first process.</summary>
    public void Signal(int signal)
    {
        if (signal is < 1 or > 64)
        {
            throw new GuestException(TtrpcStatusCode.InvalidArgument, $"there is no signal {signal}");
        }

        Init?.Signal(signal);
    }

    /// <summary>Takes back what it had: what is left of its processes, its group, the runtime's record, its mounts and files.</summary>
    public void Destroy()
    {
        Cgroup.Remove();
        for (var i = Mounts.Count - 1; i >= 0; i--)
        {
            MountTable.Detach(Mounts[i]);
        }

        Mounts.Clear();
        Remove("/run/c");
        Remove(RuntimeState);
    }

    private void Remove(string parent)
    {
        using var directory = FileCalls.Open(null, parent, OpenFlags.Directory);
        TreeRemoval.Remove(directory, Id);
    }
}
