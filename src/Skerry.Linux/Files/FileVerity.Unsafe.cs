using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Files;

/// <summary>fs-verity: a file that can never be written again, and whose every page the kernel compares with a hash tree when it is read.</summary>
public static class FileVerity
{
    /// <summary>Seals a file that is open for reading and that nobody has open for writing.</summary>
    /// <returns>Why the kernel or the file system cannot; 0 where it did.</returns>
    public static unsafe Errno TryEnable(FileDescriptor file)
    {
        ArgumentNullException.ThrowIfNull(file);
        const uint BlockSize = 4096;
        var argument = new FsVerity.EnableArgument { Version = 1, HashAlgorithm = FsVerity.FS_VERITY_HASH_ALG_SHA256, BlockSize = BlockSize };
        return FsVerity.Enable(file.Number, FsVerity.FS_IOC_ENABLE_VERITY, &argument) == 0 ? 0 : (Errno)Marshal.GetLastPInvokeError();
    }
}
