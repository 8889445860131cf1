using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>sys/fsuid.h and sys/capability.h: per thread, not per process.</summary>
internal static unsafe partial class FileIdentityCalls
{
    /// <summary>_LINUX_CAPABILITY_VERSION_3 (linux/capability.h).</summary>
    internal const uint Version3 = 0x20080522;

    [LibraryImport(Unistd.Libc, EntryPoint = "setfsuid")]
    internal static partial uint SetFsUid(uint uid);

    [LibraryImport(Unistd.Libc, EntryPoint = "setfsgid")]
    internal static partial uint SetFsGid(uint gid);

    [LibraryImport(Unistd.Libc, EntryPoint = "capget", SetLastError = true)]
    internal static partial int CapGet(CapHeader* header, CapWord* words);

    [LibraryImport(Unistd.Libc, EntryPoint = "capset", SetLastError = true)]
    internal static partial int CapSet(CapHeader* header, CapWord* words);

    /// <summary>struct __user_cap_header_struct; pid 0: this thread.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct CapHeader
    {
        internal uint Version;
        internal int Pid;
    }

    /// <summary>struct __user_cap_data_struct; two of them, low and high 32 capabilities.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct CapWord
    {
        internal uint Effective;
        internal uint Permitted;
        internal uint Inheritable;
    }
}
