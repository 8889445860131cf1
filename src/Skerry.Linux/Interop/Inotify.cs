using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>sys/inotify.h.</summary>
internal static partial class Inotify
{
    [LibraryImport(Unistd.Libc, EntryPoint = "inotify_init1", SetLastError = true)]
    internal static partial int Init(int flags);

    [LibraryImport(Unistd.Libc, EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial int AddWatch(int fd, string path, uint mask);

    [LibraryImport(Unistd.Libc, EntryPoint = "inotify_rm_watch", SetLastError = true)]
    internal static partial int RemoveWatch(int fd, int watch);
}
