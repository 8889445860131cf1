using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Files;

/// <summary>Pipes, terminals and ports that are read and written without waiting.</summary>
public static class ByteFlow
{
    // asm-generic/fcntl.h.
    private const int F_GETFL = 3;
    private const int F_SETFL = 4;
    private const int O_NONBLOCK = 0x800;

    /// <summary>From now on no call on this open file waits.</summary>
    public static void DoNotWait(FileDescriptor file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var flags = LinuxException.ThrowIfFailed(SpawnCalls.Fcntl(file.Number, F_GETFL, 0), "fcntl", "F_GETFL");
        LinuxException.ThrowIfFailed(SpawnCalls.Fcntl(file.Number, F_SETFL, flags | O_NONBLOCK), "fcntl", "O_NONBLOCK");
    }

    /// <summary>Reads what is there.</summary>
    /// <returns>The number of bytes; 0 at the end, also of a terminal that was hung up (EIO) and of a call that was broken off (ECONNRESET); null where there is nothing now.</returns>
    public static unsafe int? TryRead(FileDescriptor file, Span<byte> buffer)
    {
        ArgumentNullException.ThrowIfNull(file);
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var count = Unistd.Read(file.Number, start, (nuint)buffer.Length);
                if (count >= 0)
                {
                    return (int)count;
                }

                switch ((Errno)Marshal.GetLastPInvokeError())
                {
                    case Errno.EINTR:
                        continue;
                    case Errno.EAGAIN:
                        return null;
                    case Errno.EIO or Errno.ECONNRESET:
                        return 0;
                    default:
                        throw LinuxException.Last("read", $"fd {file.Number}");
                }
            }
        }
    }

    /// <summary>Writes what is taken now.</summary>
    /// <returns>The number of bytes; 0 where none is taken now; null where nobody reads any more (EPIPE, EIO, ECONNRESET).</returns>
    public static unsafe int? TryWrite(FileDescriptor file, ReadOnlySpan<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(file);
        fixed (byte* start = bytes)
        {
            while (true)
            {
                var count = Unistd.Write(file.Number, start, (nuint)bytes.Length);
                if (count >= 0)
                {
                    return (int)count;
                }

                switch ((Errno)Marshal.GetLastPInvokeError())
                {
                    case Errno.EINTR:
                        continue;
                    case Errno.EAGAIN:
                        return 0;
                    case Errno.EPIPE or Errno.EIO or Errno.ENODEV or Errno.ECONNRESET:
                        return null;
                    default:
                        throw LinuxException.Last("write", $"fd {file.Number}");
                }
            }
        }
    }
}
