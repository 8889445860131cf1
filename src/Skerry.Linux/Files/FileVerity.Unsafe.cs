using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Files;

/// <summary>fs-verity: a file that can never be written again, and whose every page the kernel compares with a hash tree when it is read.</summary>
public static class FileVerity
{
    /// <summary>Bytes of a digest.</summary>
    public const int DigestSize = 32;

    /// <summary>Seals a file that is open for reading and that nobody has open for writing.</summary>
    /// <returns>Why the kernel or the file system cannot; 0 where it did.</returns>
    public static unsafe Errno TryEnable(FileDescriptor file)
    {
        ArgumentNullException.ThrowIfNull(file);
        const uint BlockSize = 4096;
        var argument = new FsVerity.EnableArgument { Version = 1, HashAlgorithm = FsVerity.FS_VERITY_HASH_ALG_SHA256, BlockSize = BlockSize };
        return FsVerity.Enable(file.Number, FsVerity.FS_IOC_ENABLE_VERITY, &argument) == 0 ? 0 : (Errno)Marshal.GetLastPInvokeError();
    }

    /// <summary>The digest by which the kernel compares every page of a sealed file (Documentation/filesystems/fsverity.rst, "fs-verity file digest", SHA-256).</summary>
    /// <returns>Its bytes; null where the file is not sealed, or otherwise than <see cref="TryEnable"/> does.</returns>
    public static unsafe byte[]? Measure(FileDescriptor file)
    {
        ArgumentNullException.ThrowIfNull(file);
        const int Head = 2; // in 16-bit words
        const int Room = 64; // SHA-512's, the longest that there is
        var answer = stackalloc ushort[Head + (Room / sizeof(ushort))];
        answer[1] = Room;
        return FsVerity.Measure(file.Number, FsVerity.FS_IOC_MEASURE_VERITY, answer) == 0 && answer[0] == FsVerity.FS_VERITY_HASH_ALG_SHA256 && answer[1] == DigestSize
            ? new ReadOnlySpan<byte>(answer + Head, DigestSize).ToArray()
            : null;
    }
}
