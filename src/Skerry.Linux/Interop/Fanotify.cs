using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>sys/fanotify.h and linux/fanotify.h.</summary>
internal static partial class Fanotify
{
    internal const uint FAN_CLOEXEC = 0x1;
    internal const uint FAN_NONBLOCK = 0x2;
    internal const uint FAN_CLASS_CONTENT = 0x4;
    internal const uint FAN_UNLIMITED_QUEUE = 0x10;
    internal const uint FAN_UNLIMITED_MARKS = 0x20;

    internal const uint FAN_MARK_ADD = 0x1;
    internal const uint FAN_MARK_MOUNT = 0x10;
    internal const uint FAN_MARK_FILESYSTEM = 0x100;

    internal const ulong FAN_OPEN_EXEC_PERM = 0x40000;

    internal const uint FAN_ALLOW = 1;
    internal const uint FAN_DENY = 2;

    /// <summary>FANOTIFY_METADATA_VERSION.</summary>
    internal const byte Version = 3;

    internal const int AT_FDCWD = -100;

    /// <summary>struct fanotify_event_metadata, 24 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct EventMetadata
    {
        internal uint Length;
        internal byte Version;
        internal byte Reserved;
        internal ushort MetadataLength;
        internal ulong Mask;
        internal int Descriptor;
        internal int Pid;
    }

    /// <summary>struct fanotify_response, 8 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Answer
    {
        internal int Descriptor;
        internal uint Response;
    }

    [LibraryImport(Unistd.Libc, EntryPoint = "fanotify_init", SetLastError = true)]
    internal static partial int Init(uint flags, uint eventFlags);

    [LibraryImport(Unistd.Libc, EntryPoint = "fanotify_mark", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial int Mark(int fd, uint flags, ulong mask, int directory, string path);
}
