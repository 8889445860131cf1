using Microsoft.Win32.SafeHandles;
using Skerry.Linux.Interop;

namespace Skerry.Linux;

/// <summary>
/// An open file description of this process, always close-on-exec. Closed exactly once, also when its owner forgets it.
/// </summary>
public sealed class FileDescriptor : SafeHandleMinusOneIsInvalid
{
    /// <summary>An empty handle for the marshaller to fill.</summary>
    public FileDescriptor()
        : base(ownsHandle: true)
    {
    }

    /// <summary>Takes over <paramref name="fd"/>.</summary>
    public FileDescriptor(int fd)
        : base(ownsHandle: true) => SetHandle(fd);

    /// <summary>The number, for a call that takes one; the caller keeps this object alive meanwhile.</summary>
    public int Number => (int)handle;

    /// <summary>The path under which other calls of this process reach the same open file.</summary>
    public string ProcPath => $"/proc/self/fd/{Number}";

    /// <inheritdoc/>
    public override bool IsInvalid => (int)handle < 0;

    /// <summary>Gives the descriptor to a handle of the base library; this object no longer owns it.</summary>
    public SafeFileHandle ToFileHandle()
    {
        var given = new SafeFileHandle(handle, ownsHandle: true);
        SetHandleAsInvalid();
        return given;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Unistd.Close((int)handle) == 0;
}
