using System.Globalization;
using System.Text;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Mounts;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Process;

/// <summary>
/// Puts a container's root file system together on mount points that all containers share, each in a mount namespace of its own
/// (see <see cref="Launchpad"/>): layers read-only under the pod's ids, an overlay above them, volumes beside them.
/// </summary>
/// <remarks>
/// Every method runs on a spawn thread inside the container's new namespace. Nothing is undone on failure: the namespace, and all
/// mounts in it, go with the thread's return to its own.
/// </remarks>
internal sealed class Stage
{
    /// <summary>overlayfs takes at most 500 lower layers; the options must fit one page with the names used here.</summary>
    internal const int MaxLayers = 128;

    private const int MaxVolumes = 128;
    private readonly string _directory;

    internal Stage(string directory)
    {
        _directory = directory;
        Directory.CreateDirectory(Path.Combine(directory, "root"));
        Directory.CreateDirectory(Path.Combine(directory, "w"));
        Directory.CreateDirectory(Temporary);
        for (var i = 0; i < MaxLayers; i++)
        {
            Directory.CreateDirectory(Path.Combine(directory, Name(i)));
        }

        for (var i = 0; i < MaxVolumes; i++)
        {
            Directory.CreateDirectory(Path.Combine(directory, "v" + Name(i)));
            File.Open(Path.Combine(directory, "f" + Name(i)), FileMode.OpenOrCreate).Dispose();
        }
    }

    /// <summary>Where every container finds its root file system.</summary>
    internal string Root => Path.Combine(_directory, "root");

    /// <summary>Where a container's own mount namespace may have a place for what is temporary.</summary>
    internal string Temporary => Path.Combine(_directory, "t");

    /// <summary>
    /// Mounts the root file system.
    /// </summary>
    /// <param name="layers">Layer directories, bottom first.</param>
    /// <param name="writable">Directory that holds <c>upper</c> and <c>work</c>.</param>
    /// <param name="users">The pod's user namespace, or null for the host's ids.</param>
    /// <param name="isEphemeral">The directory is thrown away with the container.</param>
    /// <exception cref="IsolationException">A step was refused.</exception>
    internal void MountRoot(IReadOnlyList<string> layers, string writable, FileDescriptor? users, bool isEphemeral)
    {
        MountLayers(layers, users);

        // Not id-mapped: overlayfs works on it as root of the host, whom the mapping does not know.
        using (var above = DetachedMount.Copy(writable))
        {
            above.Attach("w");
        }

        var options = Lower(layers.Count).Append(",upperdir=w/upper,workdir=w/work");
        if (isEphemeral)
        {
            // No sync of the upper file system at unmount, and fsync(2) inside costs nothing (overlayfs.rst, "Volatile mount").
            options.Append(",volatile");
        }

        MountTable.Mount("skerry", "root", "overlay", MountTable.Options.NoDevices, options.ToString());
    }

    /// <summary>Mounts an image at <see cref="Root"/>, read-only and without a writable directory above it.</summary>
    /// <param name="layers">Layer directories, bottom first.</param>
    /// <param name="users">The pod's user namespace, or null for the host's ids.</param>
    /// <exception cref="IsolationException">A step was refused.</exception>
    internal void MountImage(IReadOnlyList<string> layers, FileDescriptor? users)
    {
        MountLayers(layers, users);

        // An overlay without an upper directory has two lower ones at least: the empty one is at the bottom.
        MountTable.Mount("skerry", "root", "overlay", MountTable.Options.NoDevices | MountTable.Options.ReadOnly, Lower(layers.Count).Append(":t").ToString());
    }

    private static StringBuilder Lower(int layers)
    {
        var options = new StringBuilder("lowerdir=");
        for (var i = layers - 1; i >= 0; i--)
        {
            options.Append(Name(i)).Append(i == 0 ? string.Empty : ":");
        }

        return options;
    }

    private void MountLayers(IReadOnlyList<string> layers, FileDescriptor? users)
    {
        if (layers.Count is 0 or > MaxLayers)
        {
            throw new IsolationException($"root file system: {layers.Count} layers; 1 to {MaxLayers} can be stacked");
        }

        MountTable.ChangeDirectory(_directory);
        for (var i = 0; i < layers.Count; i++)
        {
            using var layer = DetachedMount.Copy(layers[i]);
            MapIds(layer, users, layers[i]);
            layer.MakeReadOnly();
            layer.Attach(Name(i));
        }
    }

    /// <summary>
    /// Shows a volume under the pod's ids where its file system can do that, and gives the place to bind from; where it cannot, its
    /// files belong to nobody the container knows. What a person named is opened without following a link: the path was checked when it
    /// held none, and who can write beside it may have put one there since.
    /// </summary>
    internal string MountVolume(int index, MountPlan mount, FileDescriptor? users)
    {
        var source = mount.Source!;
        if (users is null && !mount.IsGiven)
        {
            return source;
        }

        if (index >= MaxVolumes)
        {
            throw new IsolationException($"volume {source}: a container has at most {MaxVolumes} mounts");
        }

        var (opened, error) = FileCalls.TryOpen(null, source, OpenFlags.Path, resolve: mount.IsGiven ? ResolveFlags.NoSymlinks | ResolveFlags.NoMagicLinks : ResolveFlags.None);
        using var place = opened ?? throw new IsolationException(
            $"mount {source} at {mount.Destination}: {error}: it was replaced after it had been checked; find out who writes there, and try again");
        using var mapped = DetachedMount.Copy(place, source);
        using var whole = users is not null && mapped.TryMapIds(users) ? null : DetachedMount.Copy(place, source, recursive: true);
        var target = Path.Combine(_directory, (FileCalls.Status(place).Kind == FileKind.Directory ? "v" : "f") + Name(index));

        // Not left to the runtime: crun 1.8 applies the flags of a bind mount when it makes it read-only, and else not.
        (whole ?? mapped).Restrict(mount.NoExec, recursive: whole is not null);
        (whole ?? mapped).Attach(target);
        return target;
    }

    private static void MapIds(DetachedMount mount, FileDescriptor? users, string path)
    {
        if (users is not null && !mount.TryMapIds(users))
        {
            throw new IsolationException(
                $"root file system: the file system of {path} cannot show files under other ids (id-mapped mounts, Linux 5.12); "
                + "put the node's root on ext4, xfs or btrfs, or run the pod with --userns host");
        }
    }

    private static string Name(int index) => index.ToString(CultureInfo.InvariantCulture);
}
