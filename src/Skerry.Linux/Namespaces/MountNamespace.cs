using Skerry.Linux.Interop;

namespace Skerry.Linux.Namespaces;

/// <summary>The mount namespace of the calling thread, and of what it starts or becomes.</summary>
public static class MountNamespace
{
    /// <summary>
    /// Leaves the namespace for a copy of it (unshare(2), CLONE_NEWNS). Mounts that were shared stay peers of the ones left behind:
    /// who mounts on one of them here sets its propagation first.
    /// </summary>
    /// <exception cref="LinuxException">EPERM: CAP_SYS_ADMIN is missing.</exception>
    public static void Leave() =>
        LinuxException.ThrowIfFailed(SchedMount.Unshare(SchedMount.CLONE_NEWNS), "unshare", "CLONE_NEWNS");
}
