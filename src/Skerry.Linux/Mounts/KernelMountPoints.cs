using Skerry.Linux.Files;

namespace Skerry.Linux.Mounts;

/// <summary>
/// The places in a container's root file system where a runtime mounts the kernel's file systems. Runtimes differ in how they come to
/// them: crun 1.8.1 opens <c>dev</c> by its name before it changes the root, so that a link there, which the image brings, leads
/// it through the host's directories to make device files in (the class of CVE-2019-19921).
/// </summary>
public static class KernelMountPoints
{
    private static readonly string[] Names = ["dev", "proc", "sys"];

    /// <summary>The first of them, as an absolute path in the container, that is there and is no directory; null: none is.</summary>
    /// <param name="root">The root file system.</param>
    /// <exception cref="LinuxException">It cannot be looked at.</exception>
    public static string? NotADirectory(string root)
    {
        using var opened = FileCalls.Open(null, root, OpenFlags.Path | OpenFlags.Directory);
        foreach (var name in Names)
        {
            var (found, error) = FileCalls.OpenBeneath(opened, name, OpenFlags.Path | OpenFlags.Directory);
            found?.Dispose();
            switch (error)
            {
                case Errno.None or Errno.ENOENT:
                    break;
                case Errno.ELOOP or Errno.ENOTDIR:
                    return "/" + name;
                default:
                    throw LinuxException.Of("openat2", $"/{name} of the root file system", error);
            }
        }

        return null;
    }
}
