using Microsoft.Win32.SafeHandles;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Handles;

/// <summary>A struct bpf_object of libbpf. With it go its maps and programs, unless a link or a pin holds them.</summary>
internal sealed class BpfObjectHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>Takes over an object.</summary>
    internal BpfObjectHandle(nint instance)
        : base(ownsHandle: true) => SetHandle(instance);

    /// <summary>The pointer, for a call; the caller keeps this object alive meanwhile.</summary>
    internal nint Pointer => handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        LibBpf.ObjectClose(handle);
        return true;
    }
}
