using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>memfd_create(2): a file that has no name and lives in memory.</summary>
internal static unsafe partial class MemFd
{
    internal const uint MFD_CLOEXEC = 1;

    [LibraryImport(Unistd.Libc, EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Create(string name, uint flags);
}
