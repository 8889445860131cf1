using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Pods.Copying;

/// <summary>
/// The root directory of a container, held open. Every path goes through the kernel's own confinement (openat2(2), RESOLVE_IN_ROOT
/// without magic links): links and renames of the container, at whatever moment, lead to places inside it. No program and no
/// library of the container is used (CVE-2019-14271), and no path is looked up twice (CVE-2018-15664).
/// </summary>
/// <param name="root">The directory; this object owns it.</param>
/// <param name="ids">The pod's ids on the host; null for the host's own.</param>
/// <param name="name">The container, for messages.</param>
/// <param name="release">Called when the root is given back.</param>
internal sealed class ContainerRoot(FileDescriptor root, IdRange? ids, string name, Action? release) : IDisposable
{
    /// <summary>Who owns what the pod's ids do not reach (nobody; /proc/sys/kernel/overflowuid).</summary>
    private const uint Nobody = 65534;

    // linux/magic.h: file systems whose files are no files but doors to the kernel: proc, sysfs, cgroup, cgroup2, devpts, mqueue, debugfs,
    // tracefs, securityfs, bpf, selinux, smack.
    private static readonly HashSet<long> Doors =
        [0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x1cd1, 0x19800202, 0x64626720, 0x74726163, 0x73636673, 0xcafe4a11, 0xf97cff8c, 0x43415d53];

    private FileDescriptor? _root = root;
    private int _isReleased;

    /// <summary>The container, for messages.</summary>
    internal string Name => name;

    /// <summary>The directory itself.</summary>
    internal FileDescriptor Directory => _root ?? throw new ObjectDisposedException(nameof(ContainerRoot));

    /// <summary>Opens a path as the container would see it.</summary>
    /// <exception cref="PodException">It is not there, or leads nowhere.</exception>
    internal FileDescriptor Open(string path, OpenFlags flags)
    {
        var (opened, error) = FileCalls.OpenInRoot(Directory, path.Length == 0 ? "/" : path, flags);
        return opened ?? throw Refusal(path, error);
    }

    /// <summary>True for procfs and the like, which are neither read nor written by a copy.</summary>
    internal static bool IsDoor(FileDescriptor place) => Doors.Contains(FileCalls.Room(place).Type);

    /// <summary>Refuses to copy from or to procfs and the like.</summary>
    internal void RefuseDoor(FileDescriptor place, string path)
    {
        if (IsDoor(place))
        {
            throw PodException.Refused($"{name}:{path} is on a file system of the kernel (proc, sys or the like), which is not copied", $"skerry exec {name} cat {path}");
        }
    }

    /// <summary>The host's id of an id of the container.</summary>
    /// <exception cref="PodException">The pod has no such id.</exception>
    internal uint ToHost(uint id, string path) => ids switch
    {
        null => id,
        { } range when range.Holds(id) => range.HostStart + id,
        { } range => throw PodException.Invalid($"{path} belongs to id {id}, and the pod has the ids 0 to {range.Count - 1}", "copy without keeping owners, or run the pod with the host's ids"),
    };

    /// <summary>The container's id of an id of the host.</summary>
    internal uint ToContainer(uint id) => ids switch
    {
        null => id,
        { } range when id >= range.HostStart && id - range.HostStart < range.Count => id - range.HostStart,
        _ => Nobody,
    };

    /// <summary>What an error of the kernel on a path means.</summary>
    internal Exception Refusal(string path, Errno error) => error switch
    {
        Errno.ENOENT => PodException.NotFound($"{name}:{path}: no such file or directory"),
        Errno.ENOTDIR => PodException.Invalid($"{name}:{path}: not a directory"),
        Errno.ELOOP or Errno.EXDEV => PodException.Refused($"{name}:{path}: the way there leads through links that are not followed (too many, or into /proc)"),
        Errno.EROFS => PodException.State($"{name}:{path} is read-only"),
        _ => LinuxException.Of("openat2", $"{name}:{path}", error),
    };

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 0)
        {
            _root?.Dispose();
            _root = null;
            release?.Invoke();
        }
    }
}
