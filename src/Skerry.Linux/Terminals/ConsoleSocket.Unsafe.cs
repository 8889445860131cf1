using System.Runtime.InteropServices;
using System.Text;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Terminals;

/// <summary>
/// The socket on which an OCI runtime hands over the main end of the terminal it has made (--console-socket): one connection, one
/// message with one descriptor (unix(7), SCM_RIGHTS). Nothing here waits; <see cref="Descriptor"/> becomes readable.
/// </summary>
public sealed class ConsoleSocket : IDisposable
{
    private const int SunPath = 108; // linux/un.h: UNIX_PATH_MAX

    private readonly FileDescriptor _listener;
    private FileDescriptor? _connection;

    private ConsoleSocket(FileDescriptor listener) => _listener = listener;

    /// <summary>The listener, then the connection: look again after each <see cref="TryReceive"/>.</summary>
    public FileDescriptor Descriptor => _connection ?? _listener;

    /// <summary>Listens at a path that is not there yet.</summary>
    public static unsafe ConsoleSocket Listen(string path)
    {
        var name = Encoding.UTF8.GetBytes(path);
        if (name.Length >= SunPath)
        {
            throw LinuxException.Of("bind", path, Errno.ENAMETOOLONG);
        }

        var listener = new FileDescriptor(LinuxException.ThrowIfFailed(
            SocketCalls.Socket(SocketCalls.AF_UNIX, SocketCalls.SOCK_STREAM | SocketCalls.SOCK_CLOEXEC | SocketCalls.SOCK_NONBLOCK, 0), "socket", "AF_UNIX"));
        try
        {
            var address = stackalloc byte[2 + SunPath];
            new Span<byte>(address, 2 + SunPath).Clear();
            *(ushort*)address = SocketCalls.AF_UNIX;
            name.CopyTo(new Span<byte>(address + 2, SunPath));
            LinuxException.ThrowIfFailed(SocketCalls.Bind(listener.Number, address, 2 + SunPath), "bind", path);
            LinuxException.ThrowIfFailed(SocketCalls.Listen(listener.Number, 1), "listen", path);
            return new ConsoleSocket(listener);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Goes on as far as it can: the terminal, or null where it has not come yet.</summary>
    /// <exception cref="LinuxException">The call failed.</exception>
    public FileDescriptor? TryReceive()
    {
        if (_connection is null)
        {
            _connection = Accept();
        }

        return _connection is null ? null : Receive(_connection);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection?.Dispose();
        _listener.Dispose();
    }

    private unsafe FileDescriptor? Accept()
    {
        var fd = SocketCalls.Accept(_listener.Number, null, null, SocketCalls.SOCK_CLOEXEC | SocketCalls.SOCK_NONBLOCK);
        return fd >= 0 ? new FileDescriptor(fd)
            : Marshal.GetLastPInvokeError() == (int)Errno.EAGAIN ? null
            : throw LinuxException.Last("accept4", "console socket");
    }

    private static unsafe FileDescriptor? Receive(FileDescriptor connection)
    {
        var text = stackalloc byte[256];
        var control = stackalloc ulong[8]; // 24 of them are given to the kernel: one descriptor fits, and it drops others
        var part = new SocketCalls.iovec { start = text, length = 256 };
        var message = new SocketCalls.msghdr { iov = &part, iovlen = 1, control = control, controllen = 24 };
        if (SocketCalls.ReceiveMessage(connection.Number, &message, SocketCalls.MSG_CMSG_CLOEXEC) < 0)
        {
            return Marshal.GetLastPInvokeError() == (int)Errno.EAGAIN ? null : throw LinuxException.Last("recvmsg", "console socket");
        }

        // struct cmsghdr: u64 length, s32 level, s32 type, then the descriptors; length 20 with one.
        var (level, kind) = (((int*)control)[2], ((int*)control)[3]);
        return message.controllen >= 20 && control[0] == 20 && level == SocketCalls.SOL_SOCKET && kind == SocketCalls.SCM_RIGHTS
            ? new FileDescriptor(((int*)control)[4])
            : throw LinuxException.Of("recvmsg", "console socket", Errno.EINVAL);
    }
}
