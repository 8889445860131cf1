using System.Runtime.InteropServices;

namespace Skerry.Linux.Files;

/// <summary>What tells that a file is as it was when it was looked at: nobody changes content or attributes without moving the time of change.</summary>
/// <param name="Inode">The inode.</param>
/// <param name="Size">Bytes of content.</param>
/// <param name="ChangedSeconds">When content or attributes were changed last (ctime).</param>
/// <param name="ChangedNanoseconds">The rest of it.</param>
/// <param name="Mode">Kind and permission bits.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FileStamp(ulong Inode, long Size, long ChangedSeconds, uint ChangedNanoseconds, uint Mode)
{
    /// <summary>Bytes of one in memory and in files.</summary>
    public const int Length = 32;
}
