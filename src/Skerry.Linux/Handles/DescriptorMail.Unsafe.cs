using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux;

/// <summary>Open files that one process hands to another over a Unix socket (unix(7), SCM_RIGHTS).</summary>
public static class DescriptorMail
{
    private const int Most = 32;
    private const int Header = 16; // struct cmsghdr: u64 length, s32 level, s32 type, then the descriptors

    /// <summary>Sends files in one message.</summary>
    /// <exception cref="LinuxException">The other end is gone.</exception>
    public static void Send(SafeHandle socket, params ReadOnlySpan<FileDescriptor> files) =>
        SendWith(socket, " "u8, files); // a message has a byte at least; where JSON is read this one is nothing

    /// <summary>Sends files with a first part of what is said on the socket.</summary>
    /// <param name="socket">A stream.</param>
    /// <param name="said">One byte, which always goes whole.</param>
    /// <param name="files">Open files.</param>
    /// <exception cref="LinuxException">The other end is gone.</exception>
    public static unsafe void SendWith(SafeHandle socket, ReadOnlySpan<byte> said, params ReadOnlySpan<FileDescriptor> files)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentOutOfRangeException.ThrowIfNotEqual(said.Length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(files.Length, Most);
        var text = said[0];
        var control = stackalloc ulong[(Header / 8) + Most];
        var length = Header + (files.Length * sizeof(int));
        control[0] = (ulong)length;
        ((int*)control)[2] = SocketCalls.SOL_SOCKET;
        ((int*)control)[3] = SocketCalls.SCM_RIGHTS;
        for (var i = 0; i < files.Length; i++)
        {
            ((int*)control)[4 + i] = files[i].Number;
        }

        var part = new SocketCalls.iovec { start = &text, length = 1 };
        var message = new SocketCalls.msghdr { iov = &part, iovlen = 1, control = control, controllen = (nuint)((length + 7) / 8 * 8) };
        LinuxException.ThrowIfFailed((long)SocketCalls.SendMessage((int)socket.DangerousGetHandle(), &message, SocketCalls.MSG_NOSIGNAL), "sendmsg", "descriptors");
    }

    /// <summary>Receives one message that has exactly so many files in it.</summary>
    /// <exception cref="LinuxException">It did not come in the socket's time, or is another.</exception>
    public static unsafe FileDescriptor[] Receive(SafeHandle socket, int count)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Most);
        byte text;
        var control = stackalloc ulong[(Header / 8) + Most];
        var part = new SocketCalls.iovec { start = &text, length = 1 };
        var message = new SocketCalls.msghdr { iov = &part, iovlen = 1, control = control, controllen = Header + (Most * sizeof(ulong)) };
        LinuxException.ThrowIfFailed((long)SocketCalls.ReceiveMessage((int)socket.DangerousGetHandle(), &message, SocketCalls.MSG_CMSG_CLOEXEC), "recvmsg", "descriptors");
        var got = message.controllen >= Header && ((int*)control)[2] == SocketCalls.SOL_SOCKET && ((int*)control)[3] == SocketCalls.SCM_RIGHTS
            ? ((int)control[0] - Header) / sizeof(int)
            : 0;
        var files = new FileDescriptor[got];
        for (var i = 0; i < got; i++)
        {
            files[i] = new FileDescriptor(((int*)control)[4 + i]);
        }

        if (got == count)
        {
            return files;
        }

        foreach (var file in files)
        {
            file.Dispose();
        }

        throw LinuxException.Of("recvmsg", "descriptors", Errno.EINVAL);
    }
}
