using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Terminals;

/// <summary>
/// Standard input, output and error as plain bytes: no encoding, no buffer, no console. Calls block; each is whole system
/// calls, so several threads may write without losing bytes.
/// </summary>
public static class StandardStream
{
    /// <summary>unistd.h: STDIN_FILENO.</summary>
    public const int In = 0;

    /// <summary>unistd.h: STDOUT_FILENO.</summary>
    public const int Out = 1;

    /// <summary>unistd.h: STDERR_FILENO.</summary>
    public const int Error = 2;

    private static bool _inIsMissing;

    /// <summary>
    /// Opens /dev/null where the caller left a standard stream closed: what the process opens next would take its number and be read, or
    /// written to, in its place. For the first line of a program.
    /// </summary>
    /// <exception cref="LinuxException">/dev/null cannot be opened.</exception>
    public static void OpenMissing()
    {
        const int readWrite = 0x2; // asm-generic/fcntl.h: O_RDWR
        for (var fd = In; fd <= Error; fd++)
        {
            var flags = Fcntl.Control(fd, Fcntl.F_GETFD);
            if (flags >= 0)
            {
                // What was inherited lives over an exec: this is of the program's own runtime, which was first. It cannot be taken from it.
                _inIsMissing |= fd == In && (flags & Fcntl.FD_CLOEXEC) != 0;
                continue;
            }

            // open(2) takes the lowest number that is free; those below are open by now.
            LinuxException.ThrowIfFailed(SchedMount.Open("/dev/null", readWrite, 0), "open", "/dev/null");
        }
    }

    /// <summary>Reads what there is, at least one byte.</summary>
    /// <returns>The number of bytes; 0 at the end, also where the terminal was hung up (EIO).</returns>
    /// <exception cref="LinuxException">read(2) failed.</exception>
    public static unsafe int Read(int fd, Span<byte> buffer)
    {
        if (fd == In && _inIsMissing)
        {
            return 0;
        }

        fixed (byte* start = buffer)
        {
            while (true)
            {
                var count = Unistd.Read(fd, start, (nuint)buffer.Length);
                if (count >= 0)
                {
                    return (int)count;
                }

                switch ((Errno)Marshal.GetLastPInvokeError())
                {
                    case Errno.EINTR:
                        continue;
                    case Errno.EAGAIN:
                        Wait(fd, PollCalls.POLLIN);
                        continue;
                    case Errno.EIO:
                        return 0;
                    default:
                        throw LinuxException.Last("read", $"fd {fd}");
                }
            }
        }
    }

    /// <summary>Writes all of <paramref name="bytes"/>.</summary>
    /// <returns>False when nobody reads any more (EPIPE); what was left is dropped.</returns>
    /// <exception cref="LinuxException">write(2) failed otherwise: a full disk, a closed descriptor.</exception>
    public static unsafe bool Write(int fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            var done = 0;
            while (done < bytes.Length)
            {
                var count = Unistd.Write(fd, start + done, (nuint)(bytes.Length - done));
                if (count >= 0)
                {
                    done += (int)count;
                    continue;
                }

                switch ((Errno)Marshal.GetLastPInvokeError())
                {
                    case Errno.EINTR:
                        continue;
                    case Errno.EAGAIN:
                        Wait(fd, PollCalls.POLLOUT);
                        continue;
                    case Errno.EPIPE or Errno.EIO:
                        return false;
                    default:
                        throw LinuxException.Last("write", $"fd {fd}");
                }
            }
        }

        return true;
    }

    /// <summary>Whether <paramref name="fd"/> has bytes (or its end) to read now.</summary>
    public static unsafe bool IsReady(int fd)
    {
        var poll = new PollCalls.pollfd { fd = fd, events = PollCalls.POLLIN };
        return PollCalls.Poll(&poll, 1, 0) > 0;
    }

    private static unsafe void Wait(int fd, short events)
    {
        var poll = new PollCalls.pollfd { fd = fd, events = events };
        _ = PollCalls.Poll(&poll, 1, -1);
    }
}
