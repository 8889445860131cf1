using Skerry.Linux.Interop;

namespace Skerry.Linux.Processes;

/// <summary>
/// File system work under other ids than the process's: what is made belongs to them from its first moment, and no ownership is changed
/// afterwards. Needed also where only those ids can make files: id-mapped mounts and file systems of another user namespace refuse ids
/// that they do not know (EOVERFLOW).
/// </summary>
/// <remarks>
/// The ids are the thread's, so the work runs on a thread of its own that ends with it. The capabilities on files that the kernel
/// takes away with id 0 (credentials(7), "setfsuid") are raised again: the ids decide whom things belong to, not what may be reached.
/// Confine paths by openat2.
/// </remarks>
public sealed class FileIdentity
{
    // CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_FSETID (linux/capability.h)
    private const uint FileCapabilities = 0x1f;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private (uint Uid, uint Gid)? _present;

    private FileIdentity()
    {
    }

    /// <summary>Runs work on a thread whose file ids it may change (<see cref="ApartThread"/>: it queues nothing).</summary>
    public static Task<T> Run<T>(string name, Func<FileIdentity, T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return ApartThread.Run(name, () => work(new FileIdentity()));
    }

    /// <summary>What is made from here on belongs to these ids of the host.</summary>
    /// <exception cref="LinuxException">EPERM: this process may not do that.</exception>
    /// <exception cref="InvalidOperationException">Called on another thread.</exception>
    public unsafe void Assume(uint uid, uint gid)
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            throw new InvalidOperationException("file ids belong to the thread that they were made for");
        }

        if (_present == (uid, gid))
        {
            return;
        }

        // Both calls report no error but the former id; an id that cannot be (-1) reads the present one (setfsuid(2)).
        _present = null;
        _ = FileIdentityCalls.SetFsGid(gid);
        _ = FileIdentityCalls.SetFsUid(uid);
        if (FileIdentityCalls.SetFsGid(uint.MaxValue) != gid || FileIdentityCalls.SetFsUid(uint.MaxValue) != uid)
        {
            throw LinuxException.Of("setfsuid", $"{uid}:{gid}", Errno.EPERM);
        }

        var header = new FileIdentityCalls.CapHeader { Version = FileIdentityCalls.Version3 };
        var words = stackalloc FileIdentityCalls.CapWord[2];
        LinuxException.ThrowIfFailed(FileIdentityCalls.CapGet(&header, words), "capget", "this thread");
        words[0].Effective |= words[0].Permitted & FileCapabilities;
        LinuxException.ThrowIfFailed(FileIdentityCalls.CapSet(&header, words), "capset", "this thread");
        _present = (uid, gid);
    }
}
