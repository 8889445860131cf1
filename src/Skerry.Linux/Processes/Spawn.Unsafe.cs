using System.Text;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Processes;

/// <summary>
/// Starts programs by posix_spawn(3): a fork of managed code is unsafe. The child gets default signal dispositions, an empty signal
/// mask and exactly the descriptors that were named; it starts in the namespaces of the calling thread.
/// </summary>
public static class Spawn
{
    private const int F_DUPFD_CLOEXEC = 1030;
    private const int PR_SET_CHILD_SUBREAPER = 36;

    /// <summary>Starts a program.</summary>
    /// <exception cref="LinuxException">It could not be started: ENOENT, EACCES, ENOEXEC, EAGAIN, ENOMEM …</exception>
    public static unsafe ChildProcess Start(SpawnRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        byte* actions = stackalloc byte[SpawnCalls.OpaqueSize];
        byte* attributes = stackalloc byte[SpawnCalls.OpaqueSize];
        byte* set = stackalloc byte[128]; // sigset_t
        var moved = new List<FileDescriptor>();
        using var strings = new NativeStrings();
        Check(SpawnCalls.ActionsInit(actions), request);
        Check(SpawnCalls.AttributesInit(attributes), request);
        try
        {
            var highest = 2;
            foreach (var (number, _) in request.Descriptors)
            {
                highest = Math.Max(highest, number);
            }

            var nothing = OpenNull(request);
            moved.Add(nothing);
            for (var standard = 0; standard <= 2; standard++)
            {
                if (!Names(request, standard))
                {
                    Check(SpawnCalls.ActionsAddDup2(actions, Above(nothing, highest, moved), standard), request);
                }
            }

            foreach (var (number, descriptor) in request.Descriptors)
            {
                Check(SpawnCalls.ActionsAddDup2(actions, Above(descriptor, highest, moved), number), request);
            }

            Check(SpawnCalls.ActionsAddCloseFrom(actions, highest + 1), request);
            if (request.WorkingDirectory is { } directory)
            {
                Check(SpawnCalls.ActionsAddChdir(actions, strings.Add(directory)), request);
            }

            _ = SpawnCalls.SigFillSet(set);
            Check(SpawnCalls.AttributesSetSigDefault(attributes, set), request);
            _ = SpawnCalls.SigEmptySet(set);
            Check(SpawnCalls.AttributesSetSigMask(attributes, set), request);
            var flags = (short)(SpawnCalls.SetSigDefault | SpawnCalls.SetSigMask | (request.NewSession ? SpawnCalls.SetSession : 0));
            Check(SpawnCalls.AttributesSetFlags(attributes, flags), request);

            var arguments = strings.AddArray(request.Path, request.Arguments);
            var environment = strings.AddArray(null, request.Environment);
            int pid;
            using (Orphans.Begin())
            {
                Check(SpawnCalls.PosixSpawn(&pid, strings.Add(request.Path), actions, attributes, arguments, environment), request);
                return new ChildProcess(pid);
            }
        }
        finally
        {
            _ = SpawnCalls.ActionsDestroy(actions);
            _ = SpawnCalls.AttributesDestroy(attributes);
            foreach (var descriptor in moved)
            {
                descriptor.Dispose();
            }
        }
    }

    /// <summary>This process and its children get memory by the page, never by the huge page (PR_SET_THP_DISABLE, prctl(2)).</summary>
    public static void RefuseHugePages()
    {
        const int PR_SET_THP_DISABLE = 41; // linux/prctl.h
        LinuxException.ThrowIfFailed(SpawnCalls.Prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), "prctl", "PR_SET_THP_DISABLE");
    }

    /// <summary>The kernel may keep pages of this process and of its children that are equal to others once (PR_SET_MEMORY_MERGE, Linux 6.4; Documentation/admin-guide/mm/ksm.rst).</summary>
    /// <exception cref="LinuxException">EINVAL: an older kernel, or one without KSM.</exception>
    public static void AllowMerging()
    {
        const int PR_SET_MEMORY_MERGE = 67; // linux/prctl.h
        LinuxException.ThrowIfFailed(SpawnCalls.Prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0), "prctl", "PR_SET_MEMORY_MERGE");
    }

    /// <summary>
    /// Orphans of this process' children become its own children (PR_SET_CHILD_SUBREAPER, prctl(2)), and are reaped when they end.
    /// </summary>
    public static void BecomeSubreaper()
    {
        LinuxException.ThrowIfFailed(SpawnCalls.Prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl", "PR_SET_CHILD_SUBREAPER");
        Orphans.Reap();
    }

    /// <summary>
    /// Reaps the orphans that have ended by now, for a first process that does everything on one thread: call it when a child has ended and
    /// none is about to be adopted (<see cref="ChildProcess.Adopt"/>).
    /// </summary>
    public static void ReapOrphans() => Orphans.ReapNow();

    /// <summary>Both ends of a pipe, close-on-exec.</summary>
    public static unsafe (FileDescriptor Read, FileDescriptor Write) Pipe()
    {
        const int O_CLOEXEC = 0x80000;
        var ends = stackalloc int[2];
        LinuxException.ThrowIfFailed(Unistd.Pipe2(ends, O_CLOEXEC), "pipe2", "");
        return (new FileDescriptor(ends[0]), new FileDescriptor(ends[1]));
    }

    private static bool Names(SpawnRequest request, int number)
    {
        foreach (var (named, _) in request.Descriptors)
        {
            if (named == number)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A descriptor whose number no dup2 of this spawn overwrites.</summary>
    private static int Above(FileDescriptor descriptor, int highest, List<FileDescriptor> moved)
    {
        if (descriptor.Number > highest)
        {
            return descriptor.Number;
        }

        var copy = LinuxException.ThrowIfFailed(SpawnCalls.Fcntl(descriptor.Number, F_DUPFD_CLOEXEC, highest + 1), "fcntl", "F_DUPFD_CLOEXEC");
        moved.Add(new FileDescriptor(copy));
        return copy;
    }

    private static FileDescriptor OpenNull(SpawnRequest request)
    {
        const int O_RDWR = 2;
        const int O_CLOEXEC = 0x80000;
        var fd = SchedMount.Open("/dev/null", O_RDWR | O_CLOEXEC, 0);
        return fd >= 0 ? new FileDescriptor(fd) : throw LinuxException.Last("open", $"/dev/null for {request.Path}");
    }

    private static void Check(int error, SpawnRequest request)
    {
        if (error != 0)
        {
            throw LinuxException.Of("posix_spawn", request.Path, (Errno)error);
        }
    }

    /// <summary>C strings that live until the spawn is over.</summary>
    private sealed unsafe class NativeStrings : IDisposable
    {
        private readonly List<nint> _blocks = [];

        internal byte* Add(string text)
        {
            if (text.Contains('\0', StringComparison.Ordinal))
            {
                throw new ArgumentException($"a NUL character in '{text.Replace('\0', '?')}' cannot be passed to a program");
            }

            var length = Encoding.UTF8.GetByteCount(text);
            var block = (byte*)System.Runtime.InteropServices.NativeMemory.Alloc((nuint)length + 1);
            _blocks.Add((nint)block);
            Encoding.UTF8.GetBytes(text, new Span<byte>(block, length));
            block[length] = 0;
            return block;
        }

        internal byte** AddArray(string? first, IReadOnlyList<string> rest)
        {
            var block = (byte**)System.Runtime.InteropServices.NativeMemory.Alloc((nuint)(rest.Count + 2), (nuint)sizeof(byte*));
            _blocks.Add((nint)block);
            var at = 0;
            if (first is not null)
            {
                block[at++] = Add(first);
            }

            foreach (var text in rest)
            {
                block[at++] = Add(text);
            }

            block[at] = null;
            return block;
        }

        public void Dispose()
        {
            foreach (var block in _blocks)
            {
                System.Runtime.InteropServices.NativeMemory.Free((void*)block);
            }
        }
    }
}
