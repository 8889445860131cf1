namespace Skerry.Guard.Events;

/// <summary>How numbers in arguments read: names of flags, commands and modes as include/uapi of Linux has them (x86-64).</summary>
internal static class ArgumentNames
{
    private static readonly FlagNames OpenFlags = new(
        separated: true, ("O_LARGEFILE", 0x8000), ("O_DIRECTORY", 0x10000), ("O_DIRECT", 0x4000), ("O_TRUNC", 0x200), ("O_SYNC", 0x101000),
        ("O_NONBLOCK", 0x800), ("O_EXCL", 0x80), ("O_DSYNC", 0x1000), ("O_APPEND", 0x400), ("O_CREAT", 0x40), ("O_CLOEXEC", 0x80000), ("O_TMPFILE", 0x410000));

    private static readonly FlagNames CloneFlags = new(
        separated: true, ("CLONE_FILES", 0x400), ("CLONE_FS", 0x200), ("CLONE_IO", 0x80000000), ("CLONE_NEWIPC", 0x8000000),
        ("CLONE_NEWNET", 0x40000000), ("CLONE_NEWNS", 0x20000), ("CLONE_NEWPID", 0x20000000), ("CLONE_NEWUTS", 0x4000000),
        ("CLONE_PARENT", 0x8000), ("CLONE_PARENT_SETTID", 0x100000), ("CLONE_PTRACE", 0x2000), ("CLONE_SIGHAND", 0x800),
        ("CLONE_SYSVSEM", 0x40000), ("CLONE_THREAD", 0x10000), ("CLONE_UNTRACED", 0x800000), ("CLONE_VM", 0x100), ("CLONE_NEWUSER", 0x10000000),
        ("CLONE_CHILD_CLEARTID", 0x200000), ("CLONE_CHILD_SETTID", 0x1000000), ("CLONE_SETTLS", 0x80000), ("CLONE_VFORK", 0x4000),
        ("CLONE_NEWCGROUP", 0x2000000));

    private static readonly FlagNames Modes = new(
        separated: true, ("S_IXOTH", 1), ("S_IWOTH", 2), ("S_IROTH", 4), ("S_IXGRP", 8), ("S_IWGRP", 16), ("S_IRGRP", 32),
        ("S_IXUSR", 64), ("S_IWUSR", 128), ("S_IRUSR", 256), ("S_ISVTX", 512), ("S_ISGID", 1024), ("S_ISUID", 2048));

    private static readonly FlagNames Protections = new(separated: true, ("PROT_READ", 1), ("PROT_WRITE", 2), ("PROT_EXEC", 4), ("PROT_SEM", 8));

    /// <summary>The guard's own: what is known of the program that was started, in the order of Falco's exe flags.</summary>
    private static readonly FlagNames ExecFlags = new(
        separated: true, ("EXE_WRITABLE", 1), ("EXE_UPPER_LAYER", 2), ("EXE_FROM_MEMFD", 4), ("EXE_LOWER_LAYER", 8));

    private static readonly FlagNames PtraceRequests = new(
        separated: false, ("PTRACE_TRACEME", 0), ("PTRACE_PEEKTEXT", 1), ("PTRACE_PEEKDATA", 2), ("PTRACE_PEEKUSR", 3), ("PTRACE_POKETEXT", 4),
        ("PTRACE_POKEDATA", 5), ("PTRACE_POKEUSR", 6), ("PTRACE_CONT", 7), ("PTRACE_KILL", 8), ("PTRACE_SINGLESTEP", 9), ("PTRACE_GETREGS", 12),
        ("PTRACE_SETREGS", 13), ("PTRACE_GETFPREGS", 14), ("PTRACE_SETFPREGS", 15), ("PTRACE_ATTACH", 16), ("PTRACE_DETACH", 17),
        ("PTRACE_GETFPXREGS", 18), ("PTRACE_SETFPXREGS", 19), ("PTRACE_SYSCALL", 24), ("PTRACE_ARCH_PRCTL", 30), ("PTRACE_SYSEMU", 31),
        ("PTRACE_SYSEMU_SINGLESTEP", 32), ("PTRACE_SINGLEBLOCK", 33), ("PTRACE_SETOPTIONS", 0x4200), ("PTRACE_GETEVENTMSG", 0x4201),
        ("PTRACE_GETSIGINFO", 0x4202), ("PTRACE_SETSIGINFO", 0x4203), ("PTRACE_GETREGSET", 0x4204), ("PTRACE_SETREGSET", 0x4205),
        ("PTRACE_SEIZE", 0x4206), ("PTRACE_INTERRUPT", 0x4207), ("PTRACE_LISTEN", 0x4208), ("PTRACE_PEEKSIGINFO", 0x4209),
        ("PTRACE_GETSIGMASK", 0x420a), ("PTRACE_SETSIGMASK", 0x420b));

    private static readonly FlagNames BpfCommands = new(
        separated: false, ("BPF_MAP_CREATE", 0), ("BPF_MAP_LOOKUP_ELEM", 1), ("BPF_MAP_UPDATE_ELEM", 2), ("BPF_MAP_DELETE_ELEM", 3),
        ("BPF_MAP_GET_NEXT_KEY", 4), ("BPF_PROG_LOAD", 5), ("BPF_OBJ_PIN", 6), ("BPF_OBJ_GET", 7), ("BPF_PROG_ATTACH", 8), ("BPF_PROG_DETACH", 9),
        ("BPF_PROG_TEST_RUN", 10), ("BPF_PROG_GET_NEXT_ID", 11), ("BPF_MAP_GET_NEXT_ID", 12), ("BPF_PROG_GET_FD_BY_ID", 13),
        ("BPF_MAP_GET_FD_BY_ID", 14), ("BPF_OBJ_GET_INFO_BY_FD", 15), ("BPF_PROG_QUERY", 16), ("BPF_RAW_TRACEPOINT_OPEN", 17), ("BPF_BTF_LOAD", 18),
        ("BPF_BTF_GET_FD_BY_ID", 19), ("BPF_TASK_FD_QUERY", 20), ("BPF_MAP_LOOKUP_AND_DELETE_ELEM", 21), ("BPF_MAP_FREEZE", 22),
        ("BPF_BTF_GET_NEXT_ID", 23), ("BPF_MAP_LOOKUP_BATCH", 24), ("BPF_MAP_LOOKUP_AND_DELETE_BATCH", 25), ("BPF_MAP_UPDATE_BATCH", 26),
        ("BPF_MAP_DELETE_BATCH", 27), ("BPF_LINK_CREATE", 28), ("BPF_LINK_UPDATE", 29), ("BPF_LINK_GET_FD_BY_ID", 30),
        ("BPF_LINK_GET_NEXT_ID", 31), ("BPF_ENABLE_STATS", 32), ("BPF_ITER_CREATE", 33), ("BPF_LINK_DETACH", 34), ("BPF_PROG_BIND_MAP", 35));

    private static readonly FlagNames SocketDomains = new(
        separated: false, ("AF_UNSPEC", 0), ("AF_LOCAL", 1), ("AF_INET", 2), ("AF_AX25", 3), ("AF_IPX", 4), ("AF_APPLETALK", 5), ("AF_INET6", 10),
        ("AF_KEY", 15), ("AF_NETLINK", 16), ("AF_PACKET", 17), ("AF_CAN", 29), ("AF_TIPC", 30), ("AF_BLUETOOTH", 31), ("AF_ALG", 38), ("AF_VSOCK", 40), ("AF_XDP", 44));

    private static readonly FlagNames Errors = new(
        separated: false, ("EPERM", 1), ("ENOENT", 2), ("ESRCH", 3), ("EINTR", 4), ("EIO", 5), ("ENXIO", 6), ("E2BIG", 7), ("ENOEXEC", 8), ("EBADF", 9),
        ("ECHILD", 10), ("EAGAIN", 11), ("ENOMEM", 12), ("EACCES", 13), ("EFAULT", 14), ("ENOTBLK", 15), ("EBUSY", 16), ("EEXIST", 17), ("EXDEV", 18),
        ("ENODEV", 19), ("ENOTDIR", 20), ("EISDIR", 21), ("EINVAL", 22), ("ENFILE", 23), ("EMFILE", 24), ("ENOTTY", 25), ("ETXTBSY", 26), ("EFBIG", 27),
        ("ENOSPC", 28), ("ESPIPE", 29), ("EROFS", 30), ("EMLINK", 31), ("EPIPE", 32), ("EDOM", 33), ("ERANGE", 34), ("EDEADLK", 35), ("ENAMETOOLONG", 36),
        ("ENOLCK", 37), ("ENOSYS", 38), ("ENOTEMPTY", 39), ("ELOOP", 40), ("ENODATA", 61), ("EPROTO", 71), ("EOVERFLOW", 75), ("EUSERS", 87), ("ENOTSOCK", 88),
        ("EDESTADDRREQ", 89), ("EMSGSIZE", 90), ("EPROTOTYPE", 91), ("ENOPROTOOPT", 92), ("EPROTONOSUPPORT", 93), ("EOPNOTSUPP", 95), ("EAFNOSUPPORT", 97),
        ("EADDRINUSE", 98), ("EADDRNOTAVAIL", 99), ("ENETDOWN", 100), ("ENETUNREACH", 101), ("ECONNABORTED", 103), ("ECONNRESET", 104), ("ENOBUFS", 105),
        ("EISCONN", 106), ("ENOTCONN", 107), ("ETIMEDOUT", 110), ("ECONNREFUSED", 111), ("EHOSTDOWN", 112), ("EHOSTUNREACH", 113), ("EALREADY", 114),
        ("EINPROGRESS", 115), ("ESTALE", 116), ("EDQUOT", 122), ("ECANCELED", 125));

    /// <summary>Names of capabilities, linux/capability.h: bit n is name n.</summary>
    private static readonly FlagNames Capabilities = FlagNames.OfBits(
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP",
        "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
        "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP",
        "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
        "CAP_CHECKPOINT_RESTORE");

    /// <summary>Writes a number as rules read it; numbers without names stay decimal.</summary>
    public static void Write(EventType type, string argument, long value, Scratch scratch)
    {
        switch (argument)
        {
            case "flags" when type.Name is "open" or "openat" or "openat2" or "open_by_handle_at":
                WriteOpenFlags(value, scratch);
                break;
            case "flags" when type.Name is "clone" or "clone3" or "fork" or "vfork" or "unshare":
            case "nstype":
                CloneFlags.Write(value, scratch);
                break;
            case "flags" when type.Name is "execve" or "execveat":
                ExecFlags.Write(value, scratch);
                break;
            case "mode" when type.Name is not "access":
                Modes.Write(value, scratch);
                break;
            case "prot":
                Protections.Write(value, scratch);
                break;
            case "request" when type.Name is "ptrace":
                PtraceRequests.Write(value, scratch);
                break;
            case "cmd" when type.Name is "bpf":
                BpfCommands.Write(value, scratch);
                break;
            case "domain":
                SocketDomains.Write(value, scratch);
                break;
            case "res" when value < 0:
                WriteError(value, scratch);
                break;
            default:
                scratch.Append(value);
                break;
        }
    }

    /// <summary>A result as text: SUCCESS, or the name of the error.</summary>
    public static Text Result(long result, Scratch scratch)
    {
        scratch.Begin();
        if (result >= 0)
        {
            scratch.Append("SUCCESS"u8);
        }
        else
        {
            WriteError(result, scratch);
        }

        return scratch.Take();
    }

    /// <summary>Capabilities as names with a space between.</summary>
    public static Text Capability(ulong set, Scratch scratch)
    {
        Capabilities.Write(unchecked((long)set), scratch.Begin(), (byte)' ');
        return scratch.Take();
    }

    private static void WriteError(long value, Scratch scratch) => Errors.Write(-value, scratch);

    private static void WriteOpenFlags(long value, Scratch scratch)
    {
        const int AccessMode = 3; // O_ACCMODE
        const int ReadOnly = 0, WriteOnly = 1;
        if ((value & ~AccessMode) != 0)
        {
            OpenFlags.Write(value & ~AccessMode, scratch);
            scratch.Append((byte)'|');
        }

        scratch.Append((value & AccessMode) switch { ReadOnly => "O_RDONLY"u8, WriteOnly => "O_WRONLY"u8, _ => "O_RDWR"u8 });
    }
}
