using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Processes;

/// <summary>
/// Runs a program to its end with everything bounded: time, what it may print, what it may leave behind. The program gets a session of its own;
/// when it hangs, prints too much or is cancelled, the whole session is killed. Blocks the calling thread.
/// </summary>
public static class BoundedRun
{
    private const int SIGKILL = 9;
    private const int EFD_CLOEXEC = 0x80000;
    private const int ChunkSize = 64 * 1024;
    private static readonly TimeSpan ReapPatience = TimeSpan.FromSeconds(5);

    /// <summary>Runs a program.</summary>
    /// <param name="request">What to start; descriptors 0, 1 and 2 are taken by this call.</param>
    /// <param name="input">Its standard input, a file in memory.</param>
    /// <param name="outputLimit">Bytes of standard output at which it is killed.</param>
    /// <param name="errorLimit">Bytes of standard error that are kept; the rest is read and dropped.</param>
    /// <param name="timeout">When it is killed.</param>
    /// <param name="cancellation">Kills it.</param>
    /// <exception cref="LinuxException">It could not be started.</exception>
    public static unsafe BoundedRunResult Run(
        SpawnRequest request, ReadOnlyMemory<byte> input, int outputLimit, int errorLimit, TimeSpan timeout, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var stdin = MemoryFile(input.Span);
        var (outRead, outWrite) = Spawn.Pipe();
        using var keepOut = outRead;
        using var dropOut = outWrite;
        var (errRead, errWrite) = Spawn.Pipe();
        using var keepErr = errRead;
        using var dropErr = errWrite;
        using var cancelled = new FileDescriptor(LinuxException.ThrowIfFailed(Epoll.EventFd(0, EFD_CLOEXEC), "eventfd", request.Path));
        using var registration = cancellation.UnsafeRegister(static state => Ring((FileDescriptor)state!), cancelled);
        using var child = Spawn.Start(request with
        {
            NewSession = true,
            Descriptors = [(0, stdin), (1, outWrite), (2, errWrite), .. request.Descriptors],
        });
        outWrite.Dispose();
        errWrite.Dispose();
        using var pidfd = PidFd.Open(child.Pid);

        var output = new MemoryStream();
        var errors = new MemoryStream();
        var end = Drain(outRead, errRead, pidfd, cancelled, output, errors, outputLimit, errorLimit, timeout);
        if (end != BoundedRunEnd.Exited)
        {
            // The child is not reaped yet, so its process group cannot be another's.
            _ = SpawnCalls.Kill(-child.Pid, SIGKILL);
        }

        var code = child.Wait(end == BoundedRunEnd.Exited ? Timeout.InfiniteTimeSpan : ReapPatience) ?? 137;
        return new BoundedRunResult(end, code, output.ToArray(), errors.ToArray());
    }

    private static unsafe BoundedRunEnd Drain(
        FileDescriptor outRead, FileDescriptor errRead, FileDescriptor pidfd, FileDescriptor cancelled, MemoryStream output, MemoryStream errors, int outputLimit, int errorLimit, TimeSpan timeout)
    {
        var deadline = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        var polled = stackalloc SpawnCalls.PollFd[4];
        polled[0] = new SpawnCalls.PollFd { Fd = outRead.Number, Events = PollCalls.POLLIN };
        polled[1] = new SpawnCalls.PollFd { Fd = errRead.Number, Events = PollCalls.POLLIN };
        polled[2] = new SpawnCalls.PollFd { Fd = pidfd.Number, Events = PollCalls.POLLIN };
        polled[3] = new SpawnCalls.PollFd { Fd = cancelled.Number, Events = PollCalls.POLLIN };
        var buffer = new byte[ChunkSize];
        var exited = false;
        while (true)
        {
            // When the program has ended, what it wrote is in the pipes already: take it and go, also when a grandchild holds them open.
            var left = exited ? 0 : (int)Math.Clamp(deadline - Environment.TickCount64, 0, int.MaxValue);
            var ready = SpawnCalls.Poll(polled, 4, left);
            if (ready < 0)
            {
                if (Marshal.GetLastPInvokeError() == (int)Errno.EINTR)
                {
                    continue;
                }

                throw LinuxException.Last("poll", "a program's output");
            }

            if (polled[3].Revents != 0)
            {
                return BoundedRunEnd.Cancelled;
            }

            var took = Take(ref polled[0], output, outputLimit, buffer, out var tooMuch);
            if (tooMuch)
            {
                return BoundedRunEnd.OutputTooLarge;
            }

            took |= Take(ref polled[1], errors, errorLimit, buffer, out _);
            exited |= polled[2].Revents != 0;
            if (exited && !took)
            {
                return BoundedRunEnd.Exited;
            }

            if (!exited && Environment.TickCount64 >= deadline)
            {
                return BoundedRunEnd.TimedOut;
            }
        }
    }

    /// <summary>Reads what is there. False: nothing was.</summary>
    private static unsafe bool Take(ref SpawnCalls.PollFd polled, MemoryStream into, int limit, byte[] buffer, out bool tooMuch)
    {
        tooMuch = false;
        if (polled.Fd < 0 || polled.Revents == 0)
        {
            return false;
        }

        nint count;
        fixed (byte* first = buffer)
        {
            count = Unistd.Read(polled.Fd, first, (nuint)buffer.Length);
        }

        if (count <= 0)
        {
            polled.Fd = -1; // poll(2) passes over negative descriptors
            polled.Revents = 0;
            return false;
        }

        tooMuch = into.Length + count > limit;
        into.Write(buffer, 0, (int)Math.Min(count, limit - into.Length));
        return true;
    }

    private static unsafe FileDescriptor MemoryFile(ReadOnlySpan<byte> content)
    {
        using var writer = new FileDescriptor(LinuxException.ThrowIfFailed(MemFd.Create("input", MemFd.MFD_CLOEXEC), "memfd_create", "input"));
        fixed (byte* first = content)
        {
            for (nint at = 0; at < content.Length;)
            {
                at += (nint)LinuxException.ThrowIfFailed((long)Unistd.Write(writer.Number, first + at, (nuint)(content.Length - at)), "write", "input");
            }
        }

        return LinuxFile.OpenPath(writer.ProcPath, 0);
    }

    private static unsafe void Ring(FileDescriptor eventFd)
    {
        ulong one = 1;
        _ = Unistd.Write(eventFd.Number, &one, sizeof(ulong));
    }
}
