using System.Collections.Concurrent;
using System.Globalization;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Watches;

namespace Skerry.Node.Sensors.Drift;

/// <summary>
/// Lets containers execute what is of their image and looks as when it was verified, and refuses (or tells) the rest before it runs: what was added or
/// changed in the writable layer, what lies in a writable volume or temporary directory, and what was changed in a layer on disk.
/// </summary>
/// <remarks>
/// The overlay shows a file of a layer with that layer's inode, size and time of change, and a file that was copied up with another time of change; nobody
/// in a container can set that. So a decision is one statx(2) and a search in memory. There is a thread and a group of the kernel's only while a
/// container is gated. Not seen: what an interpreter or a loader reads by itself, files without a name (memfd), and mounts that a container with the
/// right to mount makes later. Safe for several threads.
/// </remarks>
internal sealed class DriftGate : IDisposable
{
    private const int Samples = 64;
    private const long Overlay = 0x794c7630; // OVERLAYFS_SUPER_MAGIC, linux/magic.h

    private readonly Lock _lock = new(); // guards _gate and _containers
    private readonly Dictionary<string, GatedContainer> _containers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(uint Major, uint Minor), GatedContainer> _byRoot = new();
    private readonly ConcurrentDictionary<ulong, GatedContainer> _byMount = new();
    private ExecGate? _gate;
    private long _asked;
    private long _found;

    /// <summary>Containers that are gated.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _containers.Count;
            }
        }
    }

    /// <summary>Programs that were looked at.</summary>
    internal long Asked => Interlocked.Read(ref _asked);

    /// <summary>Of those, programs that were not of the image.</summary>
    internal long Found => Interlocked.Read(ref _found);

    /// <summary>Whether a container is gated.</summary>
    internal bool IsWatched(string id)
    {
        lock (_lock)
        {
            return _containers.ContainsKey(id);
        }
    }

    /// <summary>
    /// Gates a container: between its creation and its start, or when it is found running.
    /// <list type="number">
    /// <item>See that its root shows the files of its image as they are known.</item>
    /// <item>Note it, so that who is asked knows it.</item>
    /// <item>Mark its root's file system, and each mount in which a program could be written.</item>
    /// </list>
    /// </summary>
    /// <param name="container">The container.</param>
    /// <param name="isNew">Nothing has run in it yet.</param>
    /// <exception cref="LinuxException">The machine cannot do it; the container is not gated.</exception>
    /// <exception cref="DriftException">Its root does not show the image's files so that they can be known.</exception>
    internal void Watch(GatedContainer container, bool isNew)
    {
        var root = string.Create(CultureInfo.InvariantCulture, $"/proc/{container.First.Pid}/root");
        using var place = FileCalls.Open(null, root + "/", OpenFlags.Path | OpenFlags.Directory);

        // A number that another process has by now would lead to that one's root, and what is marked there would wait for answers.
        if (!container.First.IsAlive() || FileCalls.Room(place).Type != Overlay)
        {
            throw new DriftException($"process {container.First.Pid} is gone, or its root is no overlay of this node");
        }

        // 1.
        if (isNew && !ShowsImage(place, container))
        {
            throw new DriftException("the root file system does not show the inodes of its layers, so that a file of the image cannot be told from another; put the node's root on one file system that overlayfs keeps inodes of (ext4, xfs)");
        }

        lock (_lock)
        {
            _gate ??= new ExecGate(IsAllowed);
            try
            {
                // 2.
                container.Root = FileCalls.Status(place).FileSystem;
                _containers[container.Id] = container;
                _byRoot[container.Root] = container;

                // 3.
                _gate.MarkFileSystem(place);
                foreach (var mount in MountsOf(container).Where(static m => m.CanHoldPrograms && m.Place != "/"))
                {
                    MarkMount(container, place, mount);
                }
            }
            catch
            {
                Forget(container.Id);
                throw;
            }
        }
    }

    /// <summary>A container ended; no error where it was not gated.</summary>
    internal void Unwatch(string id)
    {
        lock (_lock)
        {
            Forget(id);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _gate?.Dispose();
            _gate = null;
        }
    }

    /// <summary>Marks go with the file systems and mounts that they are on; the last container takes the gate with it.</summary>
    private void Forget(string id)
    {
        if (!_containers.Remove(id, out var container))
        {
            return;
        }

        _byRoot.TryRemove(KeyValuePair.Create(container.Root, container));
        container.Mounts.ForEach(mount => _byMount.TryRemove(KeyValuePair.Create(mount, container)));
        if (_containers.Count == 0)
        {
            _gate?.Dispose();
            _gate = null;
        }
    }

    private void MarkMount(GatedContainer container, FileDescriptor root, MountLine mount)
    {
        // Mount points hold no links; a directory that somebody put in the way is not the mount that was listed, and so is one beneath another.
        var (opened, _) = FileCalls.OpenBeneath(root, mount.Place.TrimStart('/'), OpenFlags.Path);
        using (opened)
        {
            if (opened is not null && FileCalls.Status(opened) is { Kind: FileKind.Directory or FileKind.Regular } status && status.MountId == mount.Id)
            {
                container.Mounts.Add(mount.Id);
                _byMount[mount.Id] = container;
                _gate!.MarkMount(opened);
            }
        }
    }

    private static IEnumerable<MountLine> MountsOf(GatedContainer container) =>
        File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{container.First.Pid}/mountinfo")).Select(MountLine.Parse).OfType<MountLine>();

    /// <summary>Whether some program of the image is seen with the stamp it has in its layer; an image without programs has nothing to show.</summary>
    private static bool ShowsImage(FileDescriptor root, GatedContainer container)
    {
        var samples = container.Image.Reverse().SelectMany(static l => l.SomePrograms(Samples)).Take(Samples).ToList();
        return samples.Count == 0 || samples.Exists(s =>
        {
            var (opened, _) = FileCalls.OpenBeneath(root, s.Path, OpenFlags.Path);
            using (opened)
            {
                return opened is not null && FileCalls.Status(opened).Stamp == s.Stamp;
            }
        });
    }

    /// <summary>On the gate's thread, while a process waits.</summary>
    private bool IsAllowed(ExecAttempt attempt)
    {
        Interlocked.Increment(ref _asked);
        if (_byRoot.TryGetValue(attempt.FileSystem, out var container))
        {
            foreach (var layer in container.Image)
            {
                if (layer.HasProgram(attempt.Stamp))
                {
                    return true;
                }
            }

            return Judge(container, attempt, "it was added to the container or changed in it, or was changed on disk after the start");
        }

        // What is marked and belongs to nobody any more is of a container that is ending.
        return _byMount.TryGetValue(attempt.MountId, out container) && Judge(container, attempt, "it is in a place that the container can write, and not of the image");
    }

    private bool Judge(GatedContainer container, ExecAttempt attempt, string why)
    {
        Interlocked.Increment(ref _found);
        if (container.MayTell(Environment.TickCount64))
        {
            container.Tell(container, new DriftFinding(attempt.Path(), attempt.Pid, ProgramOf(attempt.Pid), why, container.Denies));
        }

        return !container.Denies;
    }

    private static string ProgramOf(int pid)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/comm")).TrimEnd('\n');
        }
        catch (IOException)
        {
            return string.Empty;
        }
    }
}
