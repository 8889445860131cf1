using System.Runtime.InteropServices;
using System.Text;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Network;

/// <summary>Unix sockets that keep the bounds of messages (unix(7), SOCK_SEQPACKET). None of these calls waits.</summary>
public static class MessageSocket
{
    /// <summary>Longest path that an address takes, without the NUL behind it (sun_path, linux/un.h).</summary>
    public const int LongestPath = 107;

    private const int Backlog = 8;
    private const int FamilySize = 2;

    /// <summary>Listens at a path that does not exist yet; only its owner may call.</summary>
    /// <exception cref="LinuxException">The path is too long, is taken, or cannot be made.</exception>
    public static unsafe FileDescriptor Listen(string path)
    {
        var socket = Make(path);
        try
        {
            var address = stackalloc byte[FamilySize + LongestPath + 1];
            LinuxException.ThrowIfFailed(SocketCalls.Bind(socket.Number, address, Fill(address, path)), "bind", path);
            LinuxException.ThrowIfFailed(SocketCalls.Listen(socket.Number, Backlog), "listen", path);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Calls who listens at a path.</summary>
    /// <exception cref="LinuxException">Nobody does.</exception>
    public static unsafe FileDescriptor Call(string path)
    {
        var socket = Make(path);
        try
        {
            var address = stackalloc byte[FamilySize + LongestPath + 1];
            LinuxException.ThrowIfFailed(SocketCalls.Connect(socket.Number, address, Fill(address, path)), "connect", path);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Who called; null: nobody does.</summary>
    public static unsafe FileDescriptor? TryAccept(FileDescriptor listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        var number = SocketCalls.Accept(listener.Number, null, null, SocketCalls.SOCK_CLOEXEC | SocketCalls.SOCK_NONBLOCK);
        return number < 0 ? null : new FileDescriptor(number);
    }

    /// <summary>Takes one message.</summary>
    /// <returns>
    /// Its bytes, which may be more than there was room for: the rest is lost. 0: the other end is gone, or sent nothing; null: there is none yet.
    /// </returns>
    public static unsafe int? TryReceive(FileDescriptor socket, Span<byte> room)
    {
        ArgumentNullException.ThrowIfNull(socket);
        fixed (byte* start = room)
        {
            var length = SocketCalls.Receive(socket.Number, start, (nuint)room.Length, SocketCalls.MSG_DONTWAIT | SocketCalls.MSG_TRUNC);
            return length >= 0 ? (int)length : (Errno)Marshal.GetLastPInvokeError() is Errno.EAGAIN or Errno.EINTR ? null : 0;
        }
    }

    /// <summary>Sends one message. False: there is no room, or nobody.</summary>
    public static unsafe bool TrySend(FileDescriptor socket, ReadOnlySpan<byte> message)
    {
        ArgumentNullException.ThrowIfNull(socket);
        fixed (byte* start = message)
        {
            return SocketCalls.Send(socket.Number, start, (nuint)message.Length, SocketCalls.MSG_DONTWAIT | SocketCalls.MSG_NOSIGNAL) == message.Length;
        }
    }

    private static FileDescriptor Make(string path) => Encoding.UTF8.GetByteCount(path) > LongestPath
        ? throw LinuxException.Of("bind", path, Errno.ENAMETOOLONG)
        : new FileDescriptor(LinuxException.ThrowIfFailed(SocketCalls.Socket(SocketCalls.AF_UNIX, SocketCalls.SOCK_SEQPACKET | SocketCalls.SOCK_CLOEXEC | SocketCalls.SOCK_NONBLOCK, 0), "socket", path));

    private static unsafe uint Fill(byte* address, string path)
    {
        *(ushort*)address = SocketCalls.AF_UNIX;
        var length = Encoding.UTF8.GetBytes(path, new Span<byte>(address + FamilySize, LongestPath));
        address[FamilySize + length] = 0;
        return (uint)(FamilySize + length + 1);
    }
}
