using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>linux/fsverity.h.</summary>
internal static partial class FsVerity
{
    /// <summary>_IOW('f', 133, struct fsverity_enable_arg).</summary>
    internal const nuint FS_IOC_ENABLE_VERITY = 0x40806685;

    internal const uint FS_VERITY_HASH_ALG_SHA256 = 1;

    /// <summary>struct fsverity_enable_arg, 128 bytes.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    internal struct EnableArgument
    {
        internal uint Version;
        internal uint HashAlgorithm;
        internal uint BlockSize;
        internal uint SaltSize;
        internal ulong Salt;
        internal uint SignatureSize;
        internal uint Reserved;
        internal ulong Signature;
    }

    [LibraryImport(Unistd.Libc, EntryPoint = "ioctl", SetLastError = true)]
    internal static unsafe partial int Enable(int fd, nuint request, EnableArgument* argument);
}
