using Microsoft.Win32.SafeHandles;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Handles;

/// <summary>A struct bpf_link of libbpf: a program that runs. It stops when this is closed.</summary>
internal sealed class BpfLinkHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>Takes over a link.</summary>
    internal BpfLinkHandle(nint link)
        : base(ownsHandle: true) => SetHandle(link);

    /// <summary>Its descriptor, for a call; the caller keeps this object alive meanwhile.</summary>
    internal int Number => LibBpf.LinkNumber(handle);

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => LibBpf.LinkDestroy(handle) == 0;
}
