using Skerry.Linux.Interop;

namespace Skerry.Linux.Mounts;

/// <summary>Mounts in the namespace of the calling thread (mount(2), open_tree(2), move_mount(2)).</summary>
public static class MountTable
{
    private const ulong MS_REC = 0x4000;
    private const ulong MS_REMOUNT = 0x20;
    private const int MNT_DETACH = 2;

    /// <summary>Flags of mount(2).</summary>
    [Flags]
    public enum Options : ulong
    {
        /// <summary>None.</summary>
        None = 0,

        /// <summary>MS_RDONLY.</summary>
        ReadOnly = 1,

        /// <summary>MS_NOSUID.</summary>
        NoSetuid = 2,

        /// <summary>MS_NODEV.</summary>
        NoDevices = 4,

        /// <summary>MS_NOEXEC.</summary>
        NoExec = 8,

        /// <summary>MS_BIND.</summary>
        Bind = 0x1000,
    }

    /// <summary>Mounts a file system.</summary>
    /// <exception cref="LinuxException">The kernel refused; the message names the target.</exception>
    public static void Mount(string source, string target, string type, Options options, string? data = null) =>
        LinuxException.ThrowIfFailed(SchedMount.Mount(source, target, type, (ulong)options, data), "mount", $"{type} on {target}");

    /// <summary>Makes a mount read-only from now on; the file system beneath is as it was.</summary>
    /// <param name="target">Where it is.</param>
    /// <param name="options">Its other flags, which it keeps only when they are named again.</param>
    public static void MakeReadOnly(string target, Options options) => LinuxException.ThrowIfFailed(
        SchedMount.Mount(null, target, null, MS_REMOUNT | (ulong)(Options.Bind | Options.ReadOnly | options), null), "mount", $"read-only on {target}");

    /// <summary>Detaches a mount, and what is below it, at once; the kernel frees it when nobody uses it.</summary>
    public static void Detach(string target) =>
        LinuxException.ThrowIfFailed(SchedMount.Unmount(target, MNT_DETACH), "umount2", target);

    /// <summary>Binds a file or directory to another place.</summary>
    public static void Bind(string source, string target) =>
        LinuxException.ThrowIfFailed(SchedMount.Mount(source, target, null, (ulong)Options.Bind, null), "mount", $"bind {source} on {target}");

    /// <summary>Sets how mounts travel.</summary>
    public static void SetPropagation(string target, Propagation propagation, bool recursive) =>
        LinuxException.ThrowIfFailed(
            SchedMount.Mount(null, target, null, (ulong)propagation | (recursive ? MS_REC : 0), null), "mount", $"{propagation} on {target}");

    /// <summary>The working directory of the calling thread; it must have a file-system context of its own.</summary>
    public static void ChangeDirectory(string path) =>
        LinuxException.ThrowIfFailed(SchedMount.ChangeDirectory(path), "chdir", path);
}
