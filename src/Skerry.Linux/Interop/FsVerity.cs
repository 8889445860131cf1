using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>linux/fsverity.h.</summary>
internal static partial class FsVerity
{
    /// <summary>_IOW('f', 133, struct fsverity_enable_arg).</summary>
    internal const nuint FS_IOC_ENABLE_VERITY = 0x40806685;

    /// <summary>_IOWR('f', 134, struct fsverity_digest).</summary>
    internal const nuint FS_IOC_MEASURE_VERITY = 0xc0046686;

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

    /// <param name="fd">The file.</param>
    /// <param name="request">FS_IOC_MEASURE_VERITY.</param>
    /// <param name="digest">struct fsverity_digest: algorithm and size, 16 bits each, then the digest; the size that there is room for goes in.</param>
    [LibraryImport(Unistd.Libc, EntryPoint = "ioctl", SetLastError = true)]
    internal static unsafe partial int Measure(int fd, nuint request, ushort* digest);
}
