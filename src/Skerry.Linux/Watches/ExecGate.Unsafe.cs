using System.Runtime.InteropServices;
using Skerry.Linux.Files;
using Skerry.Linux.Interop;
using Skerry.Linux.Processes;

namespace Skerry.Linux.Watches;

/// <summary>
/// Asks before a file of marked file systems and mounts is executed (fanotify(7), FAN_OPEN_EXEC_PERM): a no is EPERM to whoever wanted to. Of a script
/// the script is asked for, then its interpreter; of a program its loader too.
/// </summary>
/// <remarks>
/// One thread answers, and everybody who executes something there waits for it: it opens no file on what is marked and takes no lock that one who does
/// could hold. Whatever fails on its way is a no. When this process ends, the kernel answers yes: what must hold then needs a further rung.
/// </remarks>
public sealed class ExecGate : IDisposable
{
    private const uint GroupFlags = Fanotify.FAN_CLOEXEC | Fanotify.FAN_NONBLOCK | Fanotify.FAN_CLASS_CONTENT | Fanotify.FAN_UNLIMITED_QUEUE | Fanotify.FAN_UNLIMITED_MARKS;
    private const uint EventFlags = 0x80000; // O_RDONLY | O_CLOEXEC

    private readonly FileDescriptor _group;
    private readonly FileDescriptor _stopRead;
    private readonly FileDescriptor _stopWrite;
    private readonly Func<ExecAttempt, bool> _isAllowed;
    private readonly Thread _thread;

    /// <summary>A gate that asks <paramref name="isAllowed"/>, on its own thread.</summary>
    /// <exception cref="LinuxException">The kernel has no such gate, or no more of them.</exception>
    public ExecGate(Func<ExecAttempt, bool> isAllowed)
    {
        ArgumentNullException.ThrowIfNull(isAllowed);
        _isAllowed = isAllowed;
        _group = Group();
        (_stopRead, _stopWrite) = Spawn.Pipe();
        _thread = new Thread(Loop) { IsBackground = true, Name = "exec-gate" };
        _thread.Start();
    }

    /// <summary>Why this machine has no such gate; null where it has. Nothing is left behind.</summary>
    public static string? WhyNot()
    {
        try
        {
            // A directory is not executed: the mark is refused or taken, and never asks.
            using var group = Group();
            LinuxException.ThrowIfFailed(Fanotify.Mark(group.Number, Fanotify.FAN_MARK_ADD, Fanotify.FAN_OPEN_EXEC_PERM, Fanotify.AT_FDCWD, "/"), "fanotify_mark", "/");
            return null;
        }
        catch (LinuxException error)
        {
            return $"{error.Message}: it needs Linux 5.0 with CONFIG_FANOTIFY_ACCESS_PERMISSIONS, and CAP_SYS_ADMIN";
        }
    }

    /// <summary>Asks for all files of the file system that something is on, however they are reached.</summary>
    /// <exception cref="LinuxException">It cannot be marked.</exception>
    public void MarkFileSystem(FileDescriptor place) => Mark(place, Fanotify.FAN_MARK_FILESYSTEM);

    /// <summary>Asks for all files that are reached by one mount.</summary>
    /// <exception cref="LinuxException">It cannot be marked.</exception>
    public void MarkMount(FileDescriptor place) => Mark(place, Fanotify.FAN_MARK_MOUNT);

    /// <summary>Removes all marks; who waits for an answer gets a yes from the kernel.</summary>
    public void Dispose()
    {
        _stopWrite.Dispose();
        _thread.Join();
        _group.Dispose();
        _stopRead.Dispose();
    }

    private static FileDescriptor Group() => new(LinuxException.ThrowIfFailed(Fanotify.Init(GroupFlags, EventFlags), "fanotify_init", "files that are executed"));

    private void Mark(FileDescriptor place, uint kind)
    {
        ArgumentNullException.ThrowIfNull(place);
        LinuxException.ThrowIfFailed(Fanotify.Mark(_group.Number, Fanotify.FAN_MARK_ADD | kind, Fanotify.FAN_OPEN_EXEC_PERM, Fanotify.AT_FDCWD, place.ProcPath), "fanotify_mark", place.ProcPath);
    }

    private unsafe void Loop()
    {
        const int Size = 4096;
        var buffer = stackalloc byte[Size];
        var waits = stackalloc PollCalls.pollfd[2];
        while (true)
        {
            waits[0] = new PollCalls.pollfd { fd = _group.Number, events = PollCalls.POLLIN };
            waits[1] = new PollCalls.pollfd { fd = _stopRead.Number, events = PollCalls.POLLIN };
            if (PollCalls.Poll(waits, 2, -1) < 0)
            {
                continue; // EINTR
            }

            if (waits[1].revents != 0)
            {
                return;
            }

            // A failure is of one event, to which the kernel has said no by itself (out of descriptors, say).
            var length = Unistd.Read(_group.Number, buffer, Size);
            for (nint at = 0; at + sizeof(Fanotify.EventMetadata) <= length;)
            {
                var told = (Fanotify.EventMetadata*)(buffer + at);
                if (told->Version != Fanotify.Version || told->Length < sizeof(Fanotify.EventMetadata))
                {
                    break;
                }

                at += (nint)told->Length;
                if (told->Descriptor >= 0)
                {
                    Answer(told->Descriptor, told->Pid);
                }
            }
        }
    }

    private unsafe void Answer(int number, int pid)
    {
        using var file = new FileDescriptor(number);
        var answer = new Fanotify.Answer { Descriptor = number, Response = IsAllowed(file, pid) ? Fanotify.FAN_ALLOW : Fanotify.FAN_DENY };

        // ENOENT: whoever waited was killed meanwhile.
        _ = Unistd.Write(_group.Number, (byte*)&answer, (nuint)sizeof(Fanotify.Answer));
    }

    private bool IsAllowed(FileDescriptor file, int pid)
    {
        try
        {
            var status = FileCalls.Status(file);
            return _isAllowed(new ExecAttempt(status.FileSystem, status.MountId, status.Stamp, pid, file));
        }
        catch (Exception)
        {
            // The border to the kernel: no failure of a decision may let a program through, or end the thread that all wait for.
            return false;
        }
    }
}
