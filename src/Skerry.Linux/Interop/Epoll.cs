using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>sys/epoll.h and sys/eventfd.h. struct epoll_event is packed (12 bytes) on x86-64 and 16 bytes elsewhere.</summary>
internal static unsafe partial class Epoll
{
    private static readonly bool Packed = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    [LibraryImport(Unistd.Libc, EntryPoint = "epoll_create1", SetLastError = true)]
    internal static partial int Create(int flags);

    [LibraryImport(Unistd.Libc, EntryPoint = "epoll_ctl", SetLastError = true)]
    internal static partial int Control(int epoll, int operation, int fd, byte* registration);

    [LibraryImport(Unistd.Libc, EntryPoint = "epoll_wait", SetLastError = true)]
    internal static partial int Wait(int epoll, byte* events, int count, int timeoutMilliseconds);

    [LibraryImport(Unistd.Libc, EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int EventFd(uint initial, int flags);

    internal static void Encode(byte* buffer, uint events, int number)
    {
        *(uint*)buffer = events;
        var data = new Span<byte>(buffer + (Packed ? 4 : 8), 8);
        BinaryPrimitives.WriteInt64LittleEndian(data, number);
    }

    internal static int DecodeNumber(byte* events, int index)
    {
        var at = events + (index * (Packed ? 12 : 16)) + (Packed ? 4 : 8);
        return *(int*)at;
    }

    internal static uint DecodeEvents(byte* events, int index) => *(uint*)(events + (index * (Packed ? 12 : 16)));
}
