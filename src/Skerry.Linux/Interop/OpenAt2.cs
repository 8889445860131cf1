using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>linux/openat2.h: openat2(2), which the C library does not wrap.</summary>
internal static partial class OpenAt2
{
    /// <summary>Number of openat2 on every architecture (asm-generic/unistd.h; x86 agrees from 424 on).</summary>
    private const nint SysOpenAt2 = 437;

    /// <summary>struct open_how (linux/openat2.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct OpenHow
    {
        internal ulong Flags;
        internal ulong Mode;
        internal ulong Resolve;
    }

    [LibraryImport(Unistd.Libc, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(PathMarshaller))]
    private static unsafe partial nint Syscall(nint number, nint dirFd, string path, OpenHow* how, nuint size);

    internal static unsafe int Open(int dirFd, string path, ulong flags, uint mode, ulong resolve)
    {
        var how = new OpenHow { Flags = flags, Mode = mode, Resolve = resolve };
        return (int)Syscall(SysOpenAt2, dirFd, path, &how, (nuint)sizeof(OpenHow));
    }
}
