using System.Globalization;
using Skerry.Linux;
using Skerry.Linux.Files;
using Skerry.Linux.Processes;

namespace Skerry.Node.Isolation.Sandbox;

/// <summary>
/// What of a sandbox's memory is its programs'. The sentry gives them theirs, and what it caches of their files, from one file in memory
/// (pkg/sentry/pgalloc), whose blocks the node can count without asking runsc; all else in its control group is the sentry itself.
/// </summary>
internal static class SentryMemory
{
    private const string Name = "/memfd:runsc-memory";
    private const int BlockSize = 512; // inode(7), st_blocks

    /// <summary>Bytes; null: the process is gone, or has no such file.</summary>
    internal static ulong? OfPrograms(ProcessIdentity sentry)
    {
        try
        {
            var directory = string.Create(CultureInfo.InvariantCulture, $"/proc/{sentry.Pid}/fd");
            var file = Directory.EnumerateFileSystemEntries(directory).FirstOrDefault(static f => FileCalls.ReadSymlink(null, f)?.StartsWith(Name, StringComparison.Ordinal) == true);
            if (file is null)
            {
                return null;
            }

            using var opened = FileCalls.Open(null, file, OpenFlags.Path);
            var bytes = (ulong)FileCalls.Status(opened).Blocks * BlockSize;
            return sentry.IsAlive() ? bytes : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or LinuxException)
        {
            return null;
        }
    }
}
