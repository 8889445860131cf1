using System.Runtime.InteropServices;

namespace Skerry.Linux.Interop;

/// <summary>spawn.h and sys/wait.h. The opaque glibc types are given room enough for every architecture.</summary>
internal static unsafe partial class SpawnCalls
{
    /// <summary>sizeof(posix_spawn_file_actions_t) is 80 and sizeof(posix_spawnattr_t) 336 in glibc 2.36 (x86-64, arm64).</summary>
    internal const int OpaqueSize = 512;

    // Flags of posix_spawnattr_setflags, bits/spawn.h.
    internal const short SetSigDefault = 0x04;
    internal const short SetSigMask = 0x08;
    internal const short SetSession = 0x80;

    // waitid(2).
    internal const int P_ALL = 0;
    internal const int P_PID = 1;
    internal const int P_PIDFD = 3;
    internal const int WEXITED = 4;
    internal const int WNOHANG = 1;
    internal const int WNOWAIT = 0x01000000;

    // Index of the 32-bit word in siginfo_t: si_signo, si_errno, si_code, padding to 8 bytes, si_pid (asm-generic/siginfo.h).
    internal const int SigInfoPid = 4;
    internal const int CLD_EXITED = 1;

    [LibraryImport(Unistd.Libc, EntryPoint = "posix_spawn")]
    internal static partial int PosixSpawn(int* pid, byte* path, void* actions, void* attributes, byte** argv, byte** envp);

    [LibraryImport(Unistd.Libc, EntryPoint = "posix_spawn_file_actions_init")]
    internal static partial int ActionsInit(void* actions);

    [LibraryImport(Unistd.Libc, EntryPoint = "posix_spawn_file_actions_destroy")]
    internal static partial int ActionsDestroy(void* actions);

    [LibraryImport(Unistd.Libc, EntryPoint = "posix_spawn_file_actions_adddup2")]
    internal static partial int ActionsAddDup2(void* actions, int fd, int newFd);

    [LibraryImport(Unistd.Libc, EntryPoint = "posix_spawn_file_actions_addchdir_np")]
    internal static partial int ActionsAddChdir(void* actions, byte* path);

    [LibraryImport(Unistd.Libc, EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    internal static partial int ActionsAddCloseFrom(void* actions, int from);

    [LibraryImport(Unistd.Libc, EntryPoint = "posix_spawnattr_init")]
    internal static partial int AttributesInit(void* attributes);

    [LibraryImport(Unistd.Libc, EntryPoint = "posix_spawnattr_destroy")]
    internal static partial int AttributesDestroy(void* attributes);

    [LibraryImport(Unistd.Libc, EntryPoint = "posix_spawnattr_setflags")]
    internal static partial int AttributesSetFlags(void* attributes, short flags);

    [LibraryImport(Unistd.Libc, EntryPoint = "posix_spawnattr_setsigdefault")]
    internal static partial int AttributesSetSigDefault(void* attributes, void* set);

    [LibraryImport(Unistd.Libc, EntryPoint = "posix_spawnattr_setsigmask")]
    internal static partial int AttributesSetSigMask(void* attributes, void* set);

    [LibraryImport(Unistd.Libc, EntryPoint = "sigfillset")]
    internal static partial int SigFillSet(void* set);

    [LibraryImport(Unistd.Libc, EntryPoint = "sigemptyset")]
    internal static partial int SigEmptySet(void* set);

    [LibraryImport(Unistd.Libc, EntryPoint = "waitid", SetLastError = true)]
    internal static partial int WaitId(int kind, uint id, void* siginfo, int options, void* rusage);

    [LibraryImport(Unistd.Libc, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint Syscall(nint number, nint a, nint b, nint c, nint d);

    [LibraryImport(Unistd.Libc, EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int pid, int signal);

    [LibraryImport(Unistd.Libc, EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int Fcntl(int fd, int command, int argument);

    [LibraryImport(Unistd.Libc, EntryPoint = "prctl", SetLastError = true)]
    internal static partial int Prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport(Unistd.Libc, EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollFd* fds, nuint count, int timeoutMilliseconds);

    [StructLayout(LayoutKind.Sequential)]
    internal struct PollFd
    {
        internal int Fd;
        internal short Events;
        internal short Revents;
    }
}
