using System.Globalization;
using System.Text;
using Skerry.Linux;
using Skerry.Linux.Mounts;
using Skerry.Linux.Namespaces;
using Skerry.Linux.Network;

namespace Skerry.Node.Network;

/// <summary>
/// Namespaces that all containers of a pod share, pinned by bind mounts at DIRECTORY/POD/{user,net,ipc,uts}: they outlive the daemon
/// and every container. A pod's network namespace belongs to the pod's user namespace, so root in the pod rules it and nothing else.
/// </summary>
/// <remarks>
/// The directory is a mount of its own with shared propagation, as iproute2 does with /run/netns: pins made later are seen in mount
/// namespaces copied before, and removing a pin removes it everywhere. So this object must be made before any SpawnThread.
/// </remarks>
internal sealed class PodNamespaces
{
    private const string Complete = "complete";
    private static readonly string[] Kinds = ["user", "net", "ipc", "uts"];
    private readonly string _directory;

    /// <summary>Makes the directory a shared mount, unless it is one already.</summary>
    internal PodNamespaces(string directory)
    {
        _directory = Path.GetFullPath(directory);
        Directory.CreateDirectory(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (!Mounts().Exists(mount => string.Equals(mount.Point, _directory, StringComparison.Ordinal)))
        {
            MountTable.Bind(_directory, _directory);
        }

        // Private first: the mount must leave the peer group of the one it was copied from.
        MountTable.SetPropagation(_directory, Propagation.Private, recursive: false);
        MountTable.SetPropagation(_directory, Propagation.Shared, recursive: false);
    }

    /// <summary>True when the path is a namespace now, not an empty file or nothing.</summary>
    internal static bool IsNamespace(string path)
    {
        if (path.Length == 0 || !File.Exists(path))
        {
            return false;
        }

        try
        {
            using var opened = LinuxFile.OpenPath(path, 0);
            return NetworkNamespace.Run(opened, static () => true);
        }
        catch (LinuxException error) when (error.Error is Errno.EINVAL or Errno.ENOENT)
        {
            return false;
        }
    }

    /// <summary>Makes and pins a pod's namespaces; what an earlier attempt left is removed first.</summary>
    /// <param name="podId">The pod.</param>
    /// <param name="users">First id outside and count; null: the host's user namespace.</param>
    /// <param name="hostNetwork">Share the host's network namespace.</param>
    /// <param name="hostname">The host name in the UTS namespace.</param>
    /// <exception cref="LinuxException">The kernel refused; nothing is left.</exception>
    internal PodNamespaceSet Create(string podId, (uint First, uint Count)? users, bool hostNetwork, string hostname)
    {
        LeaseStore.CheckId(podId);
        Remove(podId);
        var kinds = Kinds.Where(kind => (users is not null || kind is not "user") && (!hostNetwork || kind is not "net")).ToArray();
        var opened = Make(users, kinds);
        var home = Path.Combine(_directory, podId);
        try
        {
            NetworkNamespace.SetHostName(opened[Array.IndexOf(kinds, "uts")], hostname);
            Directory.CreateDirectory(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            for (var i = 0; i < kinds.Length; i++)
            {
                var pin = Path.Combine(home, kinds[i]);
                File.WriteAllBytes(pin, []);
                MountTable.Bind(opened[i].ProcPath, pin);
            }

            File.WriteAllText(Path.Combine(home, Complete), string.Join(' ', kinds));
            return Set(podId, kinds);
        }
        catch
        {
            Remove(podId);
            throw;
        }
        finally
        {
            foreach (var each in opened)
            {
                each.Dispose();
            }
        }
    }

    /// <summary>A pod's namespaces, or null where they are not all there (never made, made half, or lost in a reboot).</summary>
    internal PodNamespaceSet? Open(string podId)
    {
        LeaseStore.CheckId(podId);
        var home = Path.Combine(_directory, podId);
        var complete = Path.Combine(home, Complete);
        if (!File.Exists(complete))
        {
            return null;
        }

        var kinds = File.ReadAllText(complete).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var pinned = Pins();
        foreach (var kind in kinds)
        {
            if (!Kinds.Contains(kind, StringComparer.Ordinal) || !pinned.Contains(Path.Combine(home, kind)))
            {
                return null;
            }
        }

        return Set(podId, kinds);
    }

    /// <summary>Unpins; the kernel ends a namespace when no process is left in it. A pod without pins is no error.</summary>
    internal void Remove(string podId)
    {
        LeaseStore.CheckId(podId);
        var home = Path.Combine(_directory, podId);
        if (!Directory.Exists(home))
        {
            return;
        }

        foreach (var kind in Kinds)
        {
            var pin = Path.Combine(home, kind);
            while (File.Exists(pin) && Unpin(pin))
            {
                // A crash between two mounts can leave one above the other.
            }
        }

        Directory.Delete(home, recursive: true);
    }

    /// <summary>Unpins everything that belongs to no live pod.</summary>
    /// <returns>The pods whose pins were removed.</returns>
    internal IReadOnlyList<string> Sweep(IReadOnlySet<string> livePodIds)
    {
        var removed = new List<string>();
        foreach (var home in Directory.EnumerateDirectories(_directory))
        {
            var podId = Path.GetFileName(home);
            if (!livePodIds.Contains(podId) && LeaseStore.IsId(podId))
            {
                Remove(podId);
                removed.Add(podId);
            }
        }

        return removed;
    }

    /// <summary>Removes the mount of the directory itself, when no pod is left. False: one is.</summary>
    internal bool TearDown()
    {
        if (Directory.EnumerateFileSystemEntries(_directory).Any())
        {
            return false;
        }

        while (Unpin(_directory))
        {
            // One mount normally; more where two daemons began at once.
        }

        return true;
    }

    private static IReadOnlyList<FileDescriptor> Make((uint First, uint Count)? users, string[] kinds)
    {
        if (users is { } range)
        {
            return UserNamespace.Create(range.First, range.Count, [.. kinds.Select(static kind => $"--{kind}")], kinds);
        }

        var opened = NetworkNamespace.Create();
        if (kinds.Contains("net", StringComparer.Ordinal))
        {
            return opened;
        }

        opened[0].Dispose();
        return [opened[1], opened[2]];
    }

    private static bool Unpin(string path)
    {
        try
        {
            MountTable.Detach(path);
            return true;
        }
        catch (LinuxException error) when (error.Error is Errno.EINVAL or Errno.ENOENT)
        {
            return false; // not a mount (umount(2))
        }
    }

    private PodNamespaceSet Set(string podId, string[] kinds)
    {
        string? At(string kind) => kinds.Contains(kind, StringComparer.Ordinal) ? Path.Combine(_directory, podId, kind) : null;
        return new PodNamespaceSet(podId, At("user"), At("net"), At("ipc")!, At("uts")!);
    }

    private HashSet<string> Pins() =>
        Mounts().Where(mount => string.Equals(mount.Kind, "nsfs", StringComparison.Ordinal)).Select(static mount => mount.Point).ToHashSet(StringComparer.Ordinal);

    /// <summary>/proc/self/mountinfo (proc_pid_mountinfo(5)): field 5 is the mount point, the one after "-" the file system.</summary>
    private static List<(string Point, string Kind)> Mounts()
    {
        var mounts = new List<(string Point, string Kind)>();
        foreach (var line in File.ReadLines("/proc/self/mountinfo"))
        {
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-", 6);
            if (dash > 0 && dash + 1 < fields.Length)
            {
                mounts.Add((Unescape(fields[4]), fields[dash + 1]));
            }
        }

        return mounts;
    }

    /// <summary>Blanks, tabs, line breaks and backslashes are three octal digits after a backslash.</summary>
    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length)
            {
                plain.Append((char)Convert.ToInt32(text.Substring(i + 1, 3), 8));
                i += 3;
            }
            else
            {
                plain.Append(text[i]);
            }
        }

        return plain.ToString();
    }
}
