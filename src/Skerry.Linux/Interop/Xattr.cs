using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>sys/xattr.h: extended attributes.</summary>
internal static partial class Xattr
{
    [LibraryImport(Unistd.Libc, EntryPoint = "fsetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static unsafe partial int Fsetxattr(int fd, string name, byte* value, nuint size, int flags);

    [LibraryImport(Unistd.Libc, EntryPoint = "fgetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static unsafe partial nint Fgetxattr(int fd, string name, byte* value, nuint size);

    [LibraryImport(Unistd.Libc, EntryPoint = "flistxattr", SetLastError = true)]
    internal static unsafe partial nint Flistxattr(int fd, byte* list, nuint size);

    [LibraryImport(Unistd.Libc, EntryPoint = "lsetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static unsafe partial int Lsetxattr(string path, string name, byte* value, nuint size, int flags);

    [LibraryImport(Unistd.Libc, EntryPoint = "lgetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static unsafe partial nint Lgetxattr(string path, string name, byte* value, nuint size);

    [LibraryImport(Unistd.Libc, EntryPoint = "llistxattr", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static unsafe partial nint Llistxattr(string path, byte* list, nuint size);
}
