using System.Globalization;
using Skerry.Linux.Processes;

namespace Skerry.Linux.Namespaces;

/// <summary>
/// A user namespace with one range of ids, made by a short-lived helper (util-linux' unshare): a process with threads may not enter
/// a user namespace. The namespace lives as long as its descriptor.
/// </summary>
public static class UserNamespace
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Maps ids 0 … <paramref name="count"/>-1 inside to <paramref name="first"/> … outside, for users and groups.</summary>
    /// <returns>The namespace, for mount_setattr(2) and setns(2).</returns>
    /// <exception cref="LinuxException">The kernel refused: EPERM, ENOSPC (max_user_namespaces), EINVAL.</exception>
    public static FileDescriptor Create(uint first, uint count) => Create(first, count, ["--user"], "user")[0];

    /// <summary>
    /// Makes a user namespace and others owned by it in one step.
    /// </summary>
    /// <param name="first">First id outside.</param>
    /// <param name="count">How many ids.</param>
    /// <param name="options">Options of unshare(1), "--user" among them.</param>
    /// <param name="kinds">Names under /proc/PID/ns to open, in the order of the answer.</param>
    public static IReadOnlyList<FileDescriptor> Create(uint first, uint count, IReadOnlyList<string> options, params ReadOnlySpan<string> kinds)
    {
        // The helper says "r" when it is in the namespace and waits until its standard input closes.
        var (inRead, inWrite) = Spawn.Pipe();
        var (outRead, outWrite) = Spawn.Pipe();
        using var keepRead = inRead;
        using var keepOut = outRead;
        ChildProcess child;
        using (inWrite)
        {
            using (outWrite)
            {
                child = Spawn.Start(new SpawnRequest
                {
                    Path = "/usr/bin/unshare",
                    Arguments = [.. options, "/bin/sh", "-c", "echo r; read x"],
                    Descriptors = [(0, inRead), (1, outWrite)],
                });
            }

            using (child)
            {
                using var said = new FileStream(outRead.ToFileHandle(), FileAccess.Read, 1);
                if (said.ReadByte() != 'r')
                {
                    var code = child.Wait(Patience);
                    throw LinuxException.Of("unshare", $"{string.Join(' ', options)} (the helper ended with {code})", Errno.EPERM);
                }

                var pid = child.Pid.ToString(CultureInfo.InvariantCulture);
                var map = string.Create(CultureInfo.InvariantCulture, $"0 {first} {count}\n");
                ProcFile.Write($"/proc/{pid}/uid_map", map);
                ProcFile.Write($"/proc/{pid}/gid_map", map);
                var opened = new List<FileDescriptor>(kinds.Length);
                foreach (var kind in kinds)
                {
                    opened.Add(LinuxFile.OpenPath($"/proc/{pid}/ns/{kind}", 0));
                }

                inWrite.Dispose();
                child.Wait(Patience);
                return opened;
            }
        }
    }
}
