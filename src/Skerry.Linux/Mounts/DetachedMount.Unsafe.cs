using Skerry.Linux.Interop;

namespace Skerry.Linux.Mounts;

/// <summary>
/// A copy of a mount that is nowhere in the tree yet: it can be given other ids or made read-only, then put in one place.
/// The kernel drops it with the descriptor when it was never placed.
/// </summary>
public sealed class DetachedMount : IDisposable
{
    private readonly FileDescriptor _tree;
    private readonly string _source;

    private DetachedMount(FileDescriptor tree, string source)
    {
        _tree = tree;
        _source = source;
    }

    /// <summary>Copies the mount at a path (open_tree(2), OPEN_TREE_CLONE); the path becomes its root.</summary>
    public static DetachedMount Copy(string path, bool recursive = false)
    {
        var flags = SchedMount.OPEN_TREE_CLONE | SchedMount.OPEN_TREE_CLOEXEC | (recursive ? (uint)SchedMount.AT_RECURSIVE : 0);
        var fd = SchedMount.OpenTree(SchedMount.AT_FDCWD, path, flags);
        return fd >= 0 ? new DetachedMount(new FileDescriptor(fd), path) : throw LinuxException.Last("open_tree", path);
    }

    /// <summary>Copies the mount at a place that was opened before; nothing that happens to its path meanwhile matters.</summary>
    /// <param name="place">The place, which becomes its root.</param>
    /// <param name="source">Its path, for messages.</param>
    /// <param name="recursive">With what is mounted below.</param>
    public static DetachedMount Copy(FileDescriptor place, string source, bool recursive = false)
    {
        var flags = SchedMount.OPEN_TREE_CLONE | SchedMount.OPEN_TREE_CLOEXEC | (uint)SchedMount.AT_EMPTY_PATH | (recursive ? (uint)SchedMount.AT_RECURSIVE : 0);
        var fd = SchedMount.OpenTree(place.Number, string.Empty, flags);
        return fd >= 0 ? new DetachedMount(new FileDescriptor(fd), source) : throw LinuxException.Last("open_tree", source);
    }

    /// <summary>
    /// Shows the files under the ids that a user namespace maps theirs to (mount_setattr(2), MOUNT_ATTR_IDMAP, Linux 5.12).
    /// </summary>
    /// <returns>False where the file system cannot do it (EINVAL, EOPNOTSUPP); nothing has changed then.</returns>
    public unsafe bool TryMapIds(FileDescriptor userNamespace, bool recursive = false)
    {
        var attributes = new SchedMount.MountAttr { Set = SchedMount.MOUNT_ATTR_IDMAP, UserNamespace = (ulong)userNamespace.Number };
        if (Apply(&attributes, recursive) == 0)
        {
            return true;
        }

        var error = (Errno)System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
        return error is Errno.EINVAL or Errno.EOPNOTSUPP or Errno.ENOSYS ? false : throw LinuxException.Of("mount_setattr", $"idmap {_source}", error);
    }

    /// <summary>Makes the mount read-only.</summary>
    public unsafe void MakeReadOnly(bool recursive = false)
    {
        var attributes = new SchedMount.MountAttr { Set = SchedMount.MOUNT_ATTR_RDONLY };
        LinuxException.ThrowIfFailed(Apply(&attributes, recursive), "mount_setattr", $"read-only {_source}");
    }

    /// <summary>Set-user-id bits, capabilities of files and device nodes have no force there, and programs do not start where that is asked for.</summary>
    public unsafe void Restrict(bool noExec, bool recursive = false)
    {
        var attributes = new SchedMount.MountAttr { Set = SchedMount.MOUNT_ATTR_NOSUID | SchedMount.MOUNT_ATTR_NODEV | (noExec ? SchedMount.MOUNT_ATTR_NOEXEC : 0) };
        LinuxException.ThrowIfFailed(Apply(&attributes, recursive), "mount_setattr", $"nosuid, nodev {_source}");
    }

    /// <summary>Puts the mount in the tree (move_mount(2)).</summary>
    public void Attach(string target) =>
        LinuxException.ThrowIfFailed(
            SchedMount.MoveMount(_tree.Number, string.Empty, SchedMount.AT_FDCWD, target, SchedMount.MOVE_MOUNT_F_EMPTY_PATH),
            "move_mount",
            $"{_source} to {target}");

    /// <inheritdoc/>
    public void Dispose() => _tree.Dispose();

    private unsafe int Apply(SchedMount.MountAttr* attributes, bool recursive) =>
        SchedMount.MountSetAttr(
            _tree.Number,
            string.Empty,
            (uint)(SchedMount.AT_EMPTY_PATH | (recursive ? SchedMount.AT_RECURSIVE : 0)),
            attributes,
            (nuint)sizeof(SchedMount.MountAttr));
}
