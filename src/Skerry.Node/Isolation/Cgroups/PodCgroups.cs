using System.Globalization;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Cgroups;

/// <summary>
/// The control groups of this node: <c>/skerry/INSTANCE/POD/CONTAINER</c> in every hierarchy, so that two nodes on one machine never
/// touch each other's.
/// </summary>
internal sealed class PodCgroups
{
    private readonly string _parent;
    private readonly IReadOnlyList<string> _hierarchies;
    private readonly string? _memory;
    private readonly string? _unified;
    private int _anticipating;

    /// <param name="layout">The machine's layout.</param>
    /// <param name="seenByRuntime">The layout that the runtime sees.</param>
    /// <param name="instance">Names this node.</param>
    internal PodCgroups(CgroupLayout layout, CgroupMode seenByRuntime, string instance)
    {
        Layout = layout;
        SeenByRuntime = seenByRuntime;
        _parent = Cgroup.PathOf(instance);
        _hierarchies = [.. layout.Roots];
        _memory = layout.Controllers.GetValueOrDefault("memory");
        _unified = layout.Unified;
        IsV2 = layout.Mode == CgroupMode.V2;
        HasSwapAccounting = layout.SwapAccounting;
    }

    /// <summary>The machine's layout.</summary>
    internal CgroupLayout Layout { get; }

    /// <summary>The layout that the runtime sees.</summary>
    internal CgroupMode SeenByRuntime { get; }

    /// <summary>Whether swap can be limited.</summary>
    internal bool HasSwapAccounting { get; }

    /// <summary>One hierarchy holds all.</summary>
    internal bool IsV2 { get; }

    /// <summary>The path of a container, the same in each hierarchy.</summary>
    internal string ContainerPath(string podId, string containerId) => $"{_parent}/{podId}/{containerId}";

    /// <summary>Where a container's monitor goes: on v2 beside the container, on a hybrid machine into the container's v2 group, which its runtime does not see.</summary>
    internal MonitorGroup MonitorGroup(string podId, string containerId) => _unified is null
        ? new(null, IsContainers: false)
        : IsV2 ? new($"{_unified}{_parent}/{podId}/monitor-{containerId[..12]}", IsContainers: false) : new($"{_unified}{ContainerPath(podId, containerId)}", IsContainers: true);

    /// <summary>
    /// Tells the kernel that processes are about to be moved: it lets the first one wait for a grace period of RCU (some 10 ms here), and those that come soon after for nothing
    /// (cgroup_threadgroup_rwsem and percpu_down_write, kernel/locking/percpu-rwsem.c). Moves nothing: the daemon is written where it is. Does not wait.
    /// </summary>
    internal void Anticipate()
    {
        if (Interlocked.Exchange(ref _anticipating, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static self => self.MoveNothing(), this, preferLocal: false);
        }
    }

    /// <summary>How often the kernel killed in a container's group for want of memory.</summary>
    internal long OutOfMemoryKills(string podId, string containerId)
    {
        var file = IsV2
            ? $"{_unified}{ContainerPath(podId, containerId)}/memory.events"
            : $"{_memory}{ContainerPath(podId, containerId)}/memory.oom_control";
        try
        {
            foreach (var line in File.ReadLines(file))
            {
                if (line.StartsWith("oom_kill ", StringComparison.Ordinal))
                {
                    return long.Parse(line.AsSpan(9), System.Globalization.CultureInfo.InvariantCulture);
                }
            }
        }
        catch (IOException)
        {
            // The runtime has removed the group: what it counted is gone.
        }

        return 0;
    }

    /// <summary>Whether no process and no further group is in a group of this node, in any hierarchy; false where that cannot be told.</summary>
    /// <param name="path">The path below every hierarchy.</param>
    internal bool IsEmpty(string path)
    {
        if (!path.StartsWith(_parent + "/", StringComparison.Ordinal) || path.Split('/').Contains("..", StringComparer.Ordinal))
        {
            return false;
        }

        try
        {
            return _hierarchies.Select(h => h + path).Where(Directory.Exists).All(static d =>
                !Directory.EnumerateDirectories(d).Any() && File.ReadAllText(Path.Combine(d, "cgroup.procs")).Length == 0);
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Removes a container's groups, or its pod's. Groups with processes stay: false.</summary>
    internal bool Remove(string podId, string? containerId)
    {
        var gone = true;
        foreach (var hierarchy in _hierarchies)
        {
            var pod = $"{hierarchy}{_parent}/{podId}";
            if (containerId is not null)
            {
                gone &= TryRemove($"{pod}/{containerId}");
                if (IsV2)
                {
                    gone &= TryRemove($"{pod}/monitor-{containerId[..12]}");
                }
            }
            else
            {
                gone &= TryRemove(pod);
            }
        }

        return gone;
    }

    /// <summary>Removes groups whose container or pod nobody owns.</summary>
    internal void Sweep(IReadOnlySet<string> containers, IReadOnlySet<string> pods, Action<string> swept)
    {
        foreach (var hierarchy in _hierarchies)
        {
            var parent = hierarchy + _parent;
            if (!Directory.Exists(parent))
            {
                continue;
            }

            foreach (var pod in Directory.EnumerateDirectories(parent).ToList())
            {
                foreach (var container in Directory.EnumerateDirectories(pod).Where(d => !containers.Contains(Path.GetFileName(d))).ToList())
                {
                    TryRemove(container);
                }

                if (!pods.Contains(Path.GetFileName(pod)) && TryRemove(pod))
                {
                    swept(pod);
                }
            }
        }
    }

    /// <summary>Removes the node's own group when it holds nothing any more.</summary>
    internal void RemoveOwn()
    {
        foreach (var hierarchy in _hierarchies)
        {
            TryRemove(hierarchy + _parent);
            TryRemove(hierarchy + "/skerry");
        }
    }

    private void MoveNothing()
    {
        try
        {
            // cgroups(7): hierarchy-ID:controllers:path; a machine without v2 has that of any of its controllers.
            foreach (var line in File.ReadLines("/proc/self/cgroup"))
            {
                var fields = line.Split(':', 3);
                var mount = fields[1].Length == 0 ? _unified : Layout.Controllers.GetValueOrDefault(fields[1].Split(',')[0]);
                if (mount is not null && (fields[1].Length == 0 || _unified is null))
                {
                    ProcFile.Write($"{mount}{fields[2]}/cgroup.procs", Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
                    return;
                }
            }
        }
        catch (IOException)
        {
            // Then the first one waits.
        }
        finally
        {
            Volatile.Write(ref _anticipating, 0);
        }
    }

    private static bool TryRemove(string directory)
    {
        try
        {
            // Only rmdir(2) works here: the files of a cgroup cannot be unlinked.
            _ = Skerry.Linux.Files.FileCalls.RemoveDirectory(null, directory);
            return true;
        }
        catch (Skerry.Linux.LinuxException error) when (error.Error is Skerry.Linux.Errno.EBUSY or Skerry.Linux.Errno.ENOTEMPTY)
        {
            return false;
        }
    }
}
