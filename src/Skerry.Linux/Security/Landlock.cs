using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Security;

/// <summary>Landlock, by which a process takes rights on files from itself (landlock(7)).</summary>
public static class Landlock
{
    /// <summary>SYS_landlock_create_ruleset; the same number on every architecture (asm-generic/unistd.h).</summary>
    private const nint CreateRuleset = 444;

    /// <summary>LANDLOCK_CREATE_RULESET_VERSION, linux/landlock.h.</summary>
    private const nint VersionFlag = 1;

    /// <summary>
    /// The version of its interface that the kernel speaks (1 and up), or 0 with the reason: ENOSYS where it was not built in,
    /// EOPNOTSUPP where it was not enabled at boot.
    /// </summary>
    public static (int Abi, Errno Error) Version()
    {
        var version = SpawnCalls.Syscall(CreateRuleset, 0, 0, VersionFlag, 0);
        return version > 0 ? ((int)version, Errno.None) : (0, (Errno)Marshal.GetLastPInvokeError());
    }
}
