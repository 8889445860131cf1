using System.Runtime.InteropServices;

namespace Skerry.Bench.Macro.Interop;

/// <summary>The few libc calls that the measurement needs and .NET does not have: exact spawning, waiting and resource use.</summary>
/// <remarks>Structures are glibc's on 64-bit Linux; buffers for opaque ones are larger than any of them.</remarks>
internal static unsafe partial class Libc
{
    internal const int ECHILD = 10;
    internal const int ESRCH = 3;
    internal const int SIGTERM = 15;
    internal const int SIGKILL = 9;
    internal const int WNOHANG = 1;
    internal const int O_RDONLY = 0;
    internal const int O_WRONLY = 1;
    internal const int O_CREAT = 0x40;
    internal const int O_TRUNC = 0x200;
    internal const int RUSAGE_SELF = 0;
    internal const int POSIX_FADV_DONTNEED = 4;

    /// <summary>spawn.h: POSIX_SPAWN_SETSIGDEF and POSIX_SPAWN_SETSIGMASK.</summary>
    internal const short SpawnSignals = 0x04 | 0x08;

    /// <summary>posix_spawn_file_actions_t is 80, posix_spawnattr_t 336, sigset_t 128 bytes.</summary>
    internal const int OpaqueSize = 512;

    [LibraryImport("libc")]
    internal static partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc")]
    internal static partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int posix_spawn_file_actions_addopen(byte* actions, int fd, string path, int flags, uint mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int posix_spawn_file_actions_addchdir_np(byte* actions, string path);

    [LibraryImport("libc")]
    internal static partial int posix_spawnattr_init(byte* attributes);

    [LibraryImport("libc")]
    internal static partial int posix_spawnattr_setflags(byte* attributes, short flags);

    [LibraryImport("libc")]
    internal static partial int posix_spawnattr_setsigmask(byte* attributes, byte* mask);

    [LibraryImport("libc")]
    internal static partial int posix_spawnattr_setsigdefault(byte* attributes, byte* signals);

    [LibraryImport("libc")]
    internal static partial int posix_spawnattr_destroy(byte* attributes);

    [LibraryImport("libc")]
    internal static partial int sigemptyset(byte* set);

    [LibraryImport("libc")]
    internal static partial int sigfillset(byte* set);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int posix_spawn(out int pid, string path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int wait4(int pid, out int status, int options, out ResourceUse use);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int getrusage(int who, out ResourceUse use);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mkfifo(string path, uint mode);

    [LibraryImport("libc")]
    internal static partial void sync();

    [LibraryImport("libc")]
    internal static partial int posix_fadvise(int file, long offset, long length, int advice);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int clock_gettime(int clock, out TimeSpec time);

    /// <summary>The clock of all CPU time of a process, ended threads included (linux/posix-timers.h: CPUCLOCK_SCHED of a pid).</summary>
    internal static int ProcessClock(int pid) => (~pid << 3) | 2;

    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary>struct rusage: two timevals and fourteen longs.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    internal struct ResourceUse
    {
        public long UserSeconds;
        public long UserMicroseconds;
        public long SystemSeconds;
        public long SystemMicroseconds;
        public long MaximumResidentKilobytes;

        public readonly TimeSpan Cpu =>
            TimeSpan.FromSeconds(UserSeconds + SystemSeconds) + TimeSpan.FromMicroseconds(UserMicroseconds + SystemMicroseconds);
    }
}
