namespace Skerry.Guard.Events;

/// <summary>Names of the numbers in arguments, with the kernel's values for x86-64. <see cref="ArgumentForms"/> says which argument has which.</summary>
internal static class ArgumentValues
{
    /// <summary>Flags of open(2). The two lowest bits are one number.</summary>
    public static FlagNames OpenFlags { get; } = FlagNames.Flags(
        """
        O_LARGEFILE=0x8000 O_DIRECTORY=0x10000 O_DIRECT=0x4000 O_TRUNC=0x200 O_SYNC=0x101000 O_NONBLOCK=0x800 O_EXCL=0x80 O_DSYNC=0x1000 O_APPEND=0x400
        O_CREAT=0x40 O_RDWR=2/3 O_WRONLY=1/3 O_RDONLY=0/3 O_CLOEXEC=0x80000 O_TMPFILE=0x410000
        """);

    /// <summary>Flags of new descriptors, which have no access mode.</summary>
    public static FlagNames FileFlags { get; } = FlagNames.Flags(
        """
        O_LARGEFILE=0x8000 O_DIRECTORY=0x10000 O_DIRECT=0x4000 O_TRUNC=0x200 O_SYNC=0x101000 O_NONBLOCK=0x800 O_EXCL=0x80 O_DSYNC=0x1000 O_APPEND=0x400
        O_CREAT=0x40 O_CLOEXEC=0x80000 O_NONE=0 O_TMPFILE=0x410000
        """);

    /// <summary>How openat2(2) follows links.</summary>
    public static FlagNames Resolve { get; } = FlagNames.Flags(
        """
        RESOLVE_BENEATH=8 RESOLVE_IN_ROOT=0x10 RESOLVE_NO_MAGICLINKS=2 RESOLVE_NO_SYMLINKS=4 RESOLVE_NO_XDEV=1 RESOLVE_CACHED=0x20
        """);

    /// <summary>Flags of clone(2), unshare(2) and setns(2).</summary>
    public static FlagNames CloneFlags { get; } = FlagNames.Flags(
        """
        CLONE_FILES=0x400 CLONE_FS=0x200 CLONE_IO=0x80000000 CLONE_NEWIPC=0x8000000 CLONE_NEWNET=0x40000000 CLONE_NEWNS=0x20000 CLONE_NEWPID=0x20000000
        CLONE_NEWUTS=0x4000000 CLONE_PARENT=0x8000 CLONE_PARENT_SETTID=0x100000 CLONE_PTRACE=0x2000 CLONE_SIGHAND=0x800 CLONE_SYSVSEM=0x40000
        CLONE_THREAD=0x10000 CLONE_UNTRACED=0x800000 CLONE_VM=0x100 CLONE_NEWUSER=0x10000000 CLONE_CHILD_CLEARTID=0x200000 CLONE_CHILD_SETTID=0x1000000
        CLONE_SETTLS=0x80000 CLONE_VFORK=0x4000 CLONE_NEWCGROUP=0x2000000
        """);

    /// <summary>The guard's own: what is known of the program that was started.</summary>
    public static FlagNames ProgramFlags { get; } = FlagNames.Flags("EXE_WRITABLE=1 EXE_UPPER_LAYER=2 EXE_FROM_MEMFD=4 EXE_LOWER_LAYER=8");

    /// <summary>Bits of a mode.</summary>
    public static FlagNames Modes { get; } = FlagNames.Flags(
        """
        S_IXOTH=1 S_IWOTH=2 S_IROTH=4 S_IXGRP=8 S_IWGRP=0x10 S_IRGRP=0x20 S_IXUSR=0x40 S_IWUSR=0x80 S_IRUSR=0x100 S_ISVTX=0x200 S_ISGID=0x400 S_ISUID=0x800
        """);

    /// <summary>Bits of a mode with the kind of file, which is one number.</summary>
    public static FlagNames NodeModes { get; } = FlagNames.Flags(
        """
        S_IXOTH=1 S_IWOTH=2 S_IROTH=4 S_IXGRP=8 S_IWGRP=0x10 S_IRGRP=0x20 S_IXUSR=0x40 S_IWUSR=0x80 S_IRUSR=0x100 S_ISVTX=0x200 S_ISGID=0x400 S_ISUID=0x800
        S_IFREG=0x8000/0xf000 S_IFREG=0/0xf000 S_IFCHR=0x2000/0xf000 S_IFBLK=0x6000/0xf000 S_IFIFO=0x1000/0xf000 S_IFSOCK=0xc000/0xf000
        """);

    /// <summary>Families of sockets.</summary>
    public static FlagNames Families { get; } = FlagNames.Values(
        """
        AF_NFC=39 AF_ALG=38 AF_CAIF=37 AF_IEEE802154=36 AF_PHONET=35 AF_ISDN=34 AF_RXRPC=33 AF_IUCV=32 AF_BLUETOOTH=31 AF_TIPC=30 AF_CAN=29 AF_LLC=26
        AF_WANPIPE=25 AF_PPPOX=24 AF_IRDA=23 AF_SNA=22 AF_RDS=21 AF_ATMSVC=20 AF_ECONET=19 AF_ASH=18 AF_PACKET=17 AF_ROUTE=16 AF_NETLINK=16 AF_KEY=15
        AF_SECURITY=14 AF_NETBEUI=13 AF_DECnet=12 AF_ROSE=11 AF_INET6=10 AF_X25=9 AF_ATMPVC=8 AF_BRIDGE=7 AF_NETROM=6 AF_APPLETALK=5 AF_IPX=4 AF_AX25=3
        AF_INET=2 AF_LOCAL=1 AF_UNIX=1 AF_UNSPEC=0 AF_VSOCK=40 AF_XDP=44
        """);

    /// <summary>Levels of options of sockets.</summary>
    public static FlagNames SocketLevels { get; } = FlagNames.Values("SOL_SOCKET=1 SOL_TCP=6", other: "UNKNOWN");

    /// <summary>Options of the level SOL_SOCKET.</summary>
    public static FlagNames SocketOptions { get; } = FlagNames.Values(
        """
        SO_COOKIE=57 SO_MEMINFO=55 SO_PEERGROUPS=59 SO_ATTACH_BPF=50 SO_INCOMING_CPU=49 SO_BPF_EXTENSIONS=48 SO_MAX_PACING_RATE=47 SO_BUSY_POLL=46
        SO_SELECT_ERR_QUEUE=45 SO_LOCK_FILTER=44 SO_NOFCS=43 SO_PEEK_OFF=42 SO_WIFI_STATUS=41 SO_RXQ_OVFL=40 SO_DOMAIN=39 SO_PROTOCOL=38 SO_TIMESTAMPING=37
        SO_MARK=36 SO_TIMESTAMPNS=35 SO_PASSSEC=34 SO_PEERSEC=31 SO_ACCEPTCONN=30 SO_TIMESTAMP=29 SO_PEERNAME=28 SO_DETACH_FILTER=27 SO_ATTACH_FILTER=26
        SO_BINDTODEVICE=25 SO_SECURITY_ENCRYPTION_NETWORK=24 SO_SECURITY_ENCRYPTION_TRANSPORT=23 SO_SECURITY_AUTHENTICATION=22 SO_SNDTIMEO=21 SO_RCVTIMEO=20
        SO_SNDLOWAT=19 SO_RCVLOWAT=18 SO_PEERCRED=17 SO_PASSCRED=16 SO_REUSEPORT=15 SO_BSDCOMPAT=14 SO_LINGER=13 SO_PRIORITY=12 SO_NO_CHECK=11 SO_OOBINLINE=10
        SO_KEEPALIVE=9 SO_RCVBUFFORCE=33 SO_SNDBUFFORCE=32 SO_RCVBUF=8 SO_SNDBUF=7 SO_BROADCAST=6 SO_DONTROUTE=5 SO_ERROR=4 SO_TYPE=3 SO_REUSEADDR=2
        SO_DEBUG=1
        """, other: "UNKNOWN");

    /// <summary>Directions of shutdown(2).</summary>
    public static FlagNames ShutdownHow { get; } = FlagNames.Values("SHUT_RDWR=2 SHUT_WR=1 SHUT_RD=0", other: "SHUT_UNKNOWN");

    /// <summary>Where lseek(2) counts from.</summary>
    public static FlagNames Whence { get; } = FlagNames.Values("SEEK_END=2 SEEK_CUR=1 SEEK_SET=0");

    /// <summary>Commands of fcntl(2).</summary>
    public static FlagNames DescriptorCommands { get; } = FlagNames.Values(
        """
        F_GETPIPE_SZ=1032 F_SETPIPE_SZ=1031 F_NOTIFY=1026 F_DUPFD_CLOEXEC=1030 F_CANCELLK=1029 F_GETLEASE=1025 F_SETLEASE=1024 F_GETOWN_EX=16 F_SETOWN_EX=15
        F_GETSIG=11 F_SETSIG=10 F_GETOWN=9 F_SETOWN=8 F_SETLKW=7 F_SETLK=6 F_GETLK=5 F_SETFL=4 F_GETFL=3 F_SETFD=2 F_GETFD=1 F_DUPFD=0 F_OFD_GETLK=36
        F_OFD_SETLK=37 F_OFD_SETLKW=38
        """, other: "UNKNOWN");

    /// <summary>Operations of flock(2).</summary>
    public static FlagNames FileLocks { get; } = FlagNames.Flags(
        """
        LOCK_SH=1 LOCK_EX=2 LOCK_NB=4 LOCK_UN=8 LOCK_NONE=0
        """);

    /// <summary>Resources of setrlimit(2).</summary>
    public static FlagNames Resources { get; } = FlagNames.Values(
        """
        RLIMIT_RTTIME=15 RLIMIT_RTPRIO=14 RLIMIT_NICE=13 RLIMIT_MSGQUEUE=12 RLIMIT_SIGPENDING=11 RLIMIT_LOCKS=10 RLIMIT_AS=9 RLIMIT_MEMLOCK=8 RLIMIT_NOFILE=7
        RLIMIT_NPROC=6 RLIMIT_RSS=5 RLIMIT_CORE=4 RLIMIT_STACK=3 RLIMIT_DATA=2 RLIMIT_FSIZE=1 RLIMIT_CPU=0
        """, other: "RLIMIT_UNKNOWN");

    /// <summary>Protections of memory.</summary>
    public static FlagNames Protections { get; } = FlagNames.Flags(
        """
        PROT_READ=1 PROT_WRITE=2 PROT_EXEC=4 PROT_SEM=8 PROT_GROWSDOWN=0x1000000 PROT_GROWSUP=0x2000000 PROT_NONE=0
        """);

    /// <summary>Flags of mmap(2).</summary>
    public static FlagNames MappingFlags { get; } = FlagNames.Flags(
        """
        MAP_SHARED=1 MAP_PRIVATE=2 MAP_FIXED=0x10 MAP_ANONYMOUS=0x20 MAP_32BIT=0x40 MAP_NORESERVE=0x4000 MAP_POPULATE=0x8000 MAP_NONBLOCK=0x10000
        MAP_GROWSDOWN=0x100 MAP_DENYWRITE=0x800 MAP_EXECUTABLE=0x1000 MAP_LOCKED=0x2000
        """);

    /// <summary>Flags of mlockall(2).</summary>
    public static FlagNames LockAllFlags { get; } = FlagNames.Flags("MCL_CURRENT=1 MCL_FUTURE=2 MCL_ONFAULT=4");

    /// <summary>Flags of mlock2(2).</summary>
    public static FlagNames LockFlags { get; } = FlagNames.Flags("MLOCK_ONFAULT=1");

    /// <summary>Flags of splice(2).</summary>
    public static FlagNames SpliceFlags { get; } = FlagNames.Flags("SPLICE_F_MOVE=1 SPLICE_F_NONBLOCK=2 SPLICE_F_MORE=4 SPLICE_F_GIFT=8");

    /// <summary>Modes of access(2).</summary>
    public static FlagNames AccessModes { get; } = FlagNames.Flags("F_OK=0 R_OK=4 W_OK=2 X_OK=1");

    /// <summary>Flags of unlinkat(2).</summary>
    public static FlagNames UnlinkFlags { get; } = FlagNames.Flags("AT_REMOVEDIR=0x200");

    /// <summary>Flags of linkat(2).</summary>
    public static FlagNames LinkFlags { get; } = FlagNames.Flags("AT_SYMLINK_FOLLOW=0x400 AT_EMPTY_PATH=0x1000");

    /// <summary>Flags of newfstatat(2).</summary>
    public static FlagNames StatusFlags { get; } = FlagNames.Flags("AT_EMPTY_PATH=0x1000 AT_NO_AUTOMOUNT=0x800 AT_SYMLINK_NOFOLLOW=0x100");

    /// <summary>Flags of fchownat(2).</summary>
    public static FlagNames OwnerFlags { get; } = FlagNames.Flags("AT_SYMLINK_NOFOLLOW=0x100 AT_EMPTY_PATH=0x1000");

    /// <summary>Flags of renameat2(2).</summary>
    public static FlagNames RenameFlags { get; } = FlagNames.Flags("RENAME_NOREPLACE=1 RENAME_EXCHANGE=2 RENAME_WHITEOUT=4");

    /// <summary>Flags of mount(2), without MS_ before them.</summary>
    public static FlagNames MountFlags { get; } = FlagNames.Flags(
        """
        RDONLY=1 NOSUID=2 NODEV=4 NOEXEC=8 SYNCHRONOUS=0x10 REMOUNT=0x20 MANDLOCK=0x40 DIRSYNC=0x80 NOATIME=0x400 NODIRATIME=0x800 BIND=0x1000 MOVE=0x2000
        REC=0x4000 SILENT=0x8000 POSIXACL=0x10000 UNBINDABLE=0x20000 PRIVATE=0x40000 SLAVE=0x80000 SHARED=0x100000 RELATIME=0x200000 KERNMOUNT=0x400000
        I_VERSION=0x800000 STRICTATIME=0x1000000 LAZYTIME=0x2000000 NOSEC=0x10000000 BORN=0x20000000 ACTIVE=0x40000000 NOUSER=0x80000000
        """);

    /// <summary>Flags of umount2(2), without MNT_ before them.</summary>
    public static FlagNames UnmountFlags { get; } = FlagNames.Flags("FORCE=1 DETACH=2 EXPIRE=4 NOFOLLOW=8");

    /// <summary>Requests of ptrace(2).</summary>
    public static FlagNames PtraceRequests { get; } = FlagNames.Values(
        """
        PTRACE_SINGLEBLOCK=33 PTRACE_SYSEMU_SINGLESTEP=32 PTRACE_SYSEMU=31 PTRACE_ARCH_PRCTL=30 PTRACE_SET_THREAD_AREA=26 PTRACE_GET_THREAD_AREA=25
        PTRACE_OLDSETOPTIONS=21 PTRACE_SETFPXREGS=19 PTRACE_GETFPXREGS=18 PTRACE_SETFPREGS=15 PTRACE_GETFPREGS=14 PTRACE_SETREGS=13 PTRACE_GETREGS=12
        PTRACE_SETSIGMASK=0x420b PTRACE_GETSIGMASK=0x420a PTRACE_PEEKSIGINFO=0x4209 PTRACE_LISTEN=0x4208 PTRACE_INTERRUPT=0x4207 PTRACE_SEIZE=0x4206
        PTRACE_SETREGSET=0x4205 PTRACE_GETREGSET=0x4204 PTRACE_SETSIGINFO=0x4203 PTRACE_GETSIGINFO=0x4202 PTRACE_GETEVENTMSG=0x4201 PTRACE_SETOPTIONS=0x4200
        PTRACE_SYSCALL=24 PTRACE_DETACH=17 PTRACE_ATTACH=16 PTRACE_SINGLESTEP=9 PTRACE_KILL=8 PTRACE_CONT=7 PTRACE_POKEUSR=6 PTRACE_POKEDATA=5
        PTRACE_POKETEXT=4 PTRACE_PEEKUSR=3 PTRACE_PEEKDATA=2 PTRACE_PEEKTEXT=1 PTRACE_TRACEME=0
        """, other: "PTRACE_UNKNOWN");

    /// <summary>Commands of bpf(2).</summary>
    public static FlagNames BpfCommands { get; } = FlagNames.Values(
        """
        BPF_MAP_CREATE=0 BPF_MAP_LOOKUP_ELEM=1 BPF_MAP_UPDATE_ELEM=2 BPF_MAP_DELETE_ELEM=3 BPF_MAP_GET_NEXT_KEY=4 BPF_PROG_LOAD=5 BPF_OBJ_PIN=6 BPF_OBJ_GET=7
        BPF_PROG_ATTACH=8 BPF_PROG_DETACH=9 BPF_PROG_TEST_RUN=10 BPF_PROG_RUN=10 BPF_PROG_GET_NEXT_ID=11 BPF_MAP_GET_NEXT_ID=12 BPF_PROG_GET_FD_BY_ID=13
        BPF_MAP_GET_FD_BY_ID=14 BPF_OBJ_GET_INFO_BY_FD=15 BPF_PROG_QUERY=16 BPF_RAW_TRACEPOINT_OPEN=17 BPF_BTF_LOAD=18 BPF_BTF_GET_FD_BY_ID=19
        BPF_TASK_FD_QUERY=20 BPF_MAP_LOOKUP_AND_DELETE_ELEM=21 BPF_MAP_FREEZE=22 BPF_BTF_GET_NEXT_ID=23 BPF_MAP_LOOKUP_BATCH=24
        BPF_MAP_LOOKUP_AND_DELETE_BATCH=25 BPF_MAP_UPDATE_BATCH=26 BPF_MAP_DELETE_BATCH=27 BPF_LINK_CREATE=28 BPF_LINK_UPDATE=29 BPF_LINK_GET_FD_BY_ID=30
        BPF_LINK_GET_NEXT_ID=31 BPF_ENABLE_STATS=32 BPF_ITER_CREATE=33 BPF_LINK_DETACH=34 BPF_PROG_BIND_MAP=35
        """);

    /// <summary>Options of prctl(2).</summary>
    public static FlagNames ProcessOptions { get; } = FlagNames.Values(
        """
        PR_GET_DUMPABLE=3 PR_SET_DUMPABLE=4 PR_GET_KEEPCAPS=7 PR_SET_KEEPCAPS=8 PR_SET_NAME=15 PR_GET_NAME=16 PR_GET_SECCOMP=21 PR_SET_SECCOMP=22
        PR_CAPBSET_READ=23 PR_CAPBSET_DROP=24 PR_GET_SECUREBITS=27 PR_SET_SECUREBITS=28 PR_MCE_KILL=33 PR_SET_MM=35 PR_SET_CHILD_SUBREAPER=36
        PR_GET_CHILD_SUBREAPER=37 PR_SET_NO_NEW_PRIVS=38 PR_GET_NO_NEW_PRIVS=39 PR_GET_TID_ADDRESS=40 PR_SET_THP_DISABLE=41 PR_GET_THP_DISABLE=42
        PR_CAP_AMBIENT=47
        """);

    /// <summary>Operations of keyctl(2).</summary>
    public static FlagNames KeyOperations { get; } = FlagNames.Values(
        """
        KEYCTL_GET_KEYRING_ID=0 KEYCTL_JOIN_SESSION_KEYRING=1 KEYCTL_UPDATE=2 KEYCTL_REVOKE=3 KEYCTL_CHOWN=4 KEYCTL_SETPERM=5 KEYCTL_DESCRIBE=6 KEYCTL_CLEAR=7
        KEYCTL_LINK=8 KEYCTL_UNLINK=9 KEYCTL_SEARCH=10 KEYCTL_READ=11 KEYCTL_INSTANTIATE=12 KEYCTL_NEGATE=13 KEYCTL_SET_REQKEY_KEYRING=14
        KEYCTL_SET_TIMEOUT=15 KEYCTL_ASSUME_AUTHORITY=16 KEYCTL_GET_SECURITY=17 KEYCTL_SESSION_TO_PARENT=18 KEYCTL_REJECT=19 KEYCTL_INSTANTIATE_IOV=20
        KEYCTL_INVALIDATE=21 KEYCTL_GET_PERSISTENT=22 KEYCTL_DH_COMPUTE=23 KEYCTL_PKEY_QUERY=24 KEYCTL_PKEY_ENCRYPT=25 KEYCTL_PKEY_DECRYPT=26
        KEYCTL_PKEY_SIGN=27 KEYCTL_PKEY_VERIFY=28 KEYCTL_RESTRICT_KEYRING=29 KEYCTL_MOVE=30 KEYCTL_CAPABILITIES=31 KEYCTL_WATCH_KEY=32
        """);

    /// <summary>Flags of memfd_create(2).</summary>
    public static FlagNames MemoryFileFlags { get; } = FlagNames.Flags("MFD_CLOEXEC=1 MFD_ALLOW_SEALING=2 MFD_HUGETLB=4");

    /// <summary>Flags of pidfd_open(2).</summary>
    public static FlagNames PidfdFlags { get; } = FlagNames.Flags("PIDFD_NONBLOCK=0x800");

    /// <summary>Flags of epoll_create1(2).</summary>
    public static FlagNames EpollFlags { get; } = FlagNames.Flags("EPOLL_CLOEXEC=0x80000");

    /// <summary>Flags of finit_module(2).</summary>
    public static FlagNames ModuleFlags { get; } = FlagNames.Flags("MODULE_INIT_IGNORE_MODVERSIONS=1 MODULE_INIT_IGNORE_VERMAGIC=2 MODULE_INIT_COMPRESSED_FILE=4");

    /// <summary>Flags of delete_module(2).</summary>
    public static FlagNames UnloadFlags { get; } = FlagNames.Flags("O_NONBLOCK=0x800 O_TRUNC=0x200");

    /// <summary>Operations of futex(2), a number with two flags.</summary>
    public static FlagNames FutexOperations { get; } = FlagNames.Flags(
        """
        FUTEX_CLOCK_REALTIME=0x100 FUTEX_PRIVATE_FLAG=0x80 FUTEX_CMP_REQUEUE_PI=12/0x7f FUTEX_WAIT_REQUEUE_PI=11/0x7f FUTEX_WAKE_BITSET=10/0x7f
        FUTEX_WAIT_BITSET=9/0x7f FUTEX_TRYLOCK_PI=8/0x7f FUTEX_UNLOCK_PI=7/0x7f FUTEX_LOCK_PI=6/0x7f FUTEX_WAKE_OP=5/0x7f FUTEX_CMP_REQUEUE=4/0x7f
        FUTEX_REQUEUE=3/0x7f FUTEX_FD=2/0x7f FUTEX_WAKE=1/0x7f FUTEX_WAIT=0
        """);

    /// <summary>Flags of io_uring_setup(2).</summary>
    public static FlagNames RingFlags { get; } = FlagNames.Flags(
        """
        IORING_SETUP_IOPOLL=1 IORING_SETUP_SQPOLL=2 IORING_SETUP_SQ_AFF=4 IORING_SETUP_CQSIZE=8 IORING_SETUP_CLAMP=0x10 IORING_SETUP_ATTACH_RW=0x20
        IORING_SETUP_R_DISABLED=0x40
        """);

    /// <summary>What io_uring_setup(2) says that the kernel can do.</summary>
    public static FlagNames RingFeatures { get; } = FlagNames.Flags(
        """
        IORING_FEAT_SINGLE_MMAP=1 IORING_FEAT_NODROP=2 IORING_FEAT_SUBMIT_STABLE=4 IORING_FEAT_RW_CUR_POS=8 IORING_FEAT_CUR_PERSONALITY=0x10
        IORING_FEAT_FAST_POLL=0x20 IORING_FEAT_POLL_32BITS=0x40 IORING_FEAT_SQPOLL_NONFIXED=0x80 IORING_FEAT_ENTER_EXT_ARG=0x100
        IORING_FEAT_NATIVE_WORKERS=0x200 IORING_FEAT_RSRC_TAGS=0x400
        """);

    /// <summary>Flags of io_uring_enter(2).</summary>
    public static FlagNames RingEnterFlags { get; } = FlagNames.Flags("IORING_ENTER_GETEVENTS=1 IORING_ENTER_SQ_WAKEUP=2 IORING_ENTER_SQ_WAIT=4 IORING_ENTER_EXT_ARG=8");

    /// <summary>Operations of io_uring_register(2).</summary>
    public static FlagNames RingOperations { get; } = FlagNames.Values(
        """
        IORING_REGISTER_BUFFERS=0 IORING_UNREGISTER_BUFFERS=1 IORING_REGISTER_FILES=2 IORING_UNREGISTER_FILES=3 IORING_REGISTER_EVENTFD=4
        IORING_UNREGISTER_EVENTFD=5 IORING_REGISTER_FILES_UPDATE=6 IORING_REGISTER_EVENTFD_ASYNC=7 IORING_REGISTER_PROBE=8 IORING_REGISTER_PERSONALITY=9
        IORING_UNREGISTER_PERSONALITY=10 IORING_REGISTER_RESTRICTIONS=11 IORING_REGISTER_ENABLE_RINGS=12 IORING_REGISTER_FILES2=13
        IORING_REGISTER_FILES_UPDATE2=14 IORING_REGISTER_BUFFERS2=15 IORING_REGISTER_BUFFERS_UPDATE=16 IORING_REGISTER_IOWQ_AFF=17
        IORING_UNREGISTER_IOWQ_AFF=18 IORING_REGISTER_IOWQ_MAX_WORKERS=19 IORING_REGISTER_RING_FDS=20 IORING_UNREGISTER_RING_FDS=21
        """);

    /// <summary>Commands of fsconfig(2).</summary>
    public static FlagNames MountCommands { get; } = FlagNames.Values(
        """
        FSCONFIG_SET_FLAG=0 FSCONFIG_SET_STRING=1 FSCONFIG_SET_BINARY=2 FSCONFIG_SET_PATH=3 FSCONFIG_SET_PATH_EMPTY=4 FSCONFIG_SET_FD=5 FSCONFIG_CMD_CREATE=6
        FSCONFIG_CMD_RECONFIGURE=7
        """);

    /// <summary>Signals.</summary>
    public static FlagNames Signals { get; } = FlagNames.Values(
        """
        SIGHUP=1 SIGINT=2 SIGQUIT=3 SIGILL=4 SIGTRAP=5 SIGABRT=6 SIGBUS=7 SIGFPE=8 SIGKILL=9 SIGUSR1=10 SIGSEGV=11 SIGUSR2=12 SIGPIPE=13 SIGALRM=14 SIGTERM=15
        SIGSTKFLT=16 SIGCHLD=17 SIGCONT=18 SIGSTOP=19 SIGTSTP=20 SIGTTIN=21 SIGTTOU=22 SIGURG=23 SIGXCPU=24 SIGXFSZ=25 SIGVTALRM=26 SIGPROF=27 SIGWINCH=28
        SIGIO=29 SIGPWR=30 SIGSYS=31
        """);

    /// <summary>Errors, which results have with a minus before them.</summary>
    public static FlagNames Errors { get; } = FlagNames.Values(
        """
        EPERM=1 ENOENT=2 ESRCH=3 EINTR=4 EIO=5 ENXIO=6 E2BIG=7 ENOEXEC=8 EBADF=9 ECHILD=10 EAGAIN=11 ENOMEM=12 EACCES=13 EFAULT=14 ENOTBLK=15 EBUSY=16
        EEXIST=17 EXDEV=18 ENODEV=19 ENOTDIR=20 EISDIR=21 EINVAL=22 ENFILE=23 EMFILE=24 ENOTTY=25 ETXTBSY=26 EFBIG=27 ENOSPC=28 ESPIPE=29 EROFS=30 EMLINK=31
        EPIPE=32 EDOM=33 ERANGE=34 EDEADLK=35 ENAMETOOLONG=36 ENOLCK=37 ENOSYS=38 ENOTEMPTY=39 ELOOP=40 ENODATA=61 EPROTO=71 EOVERFLOW=75 EUSERS=87
        ENOTSOCK=88 EDESTADDRREQ=89 EMSGSIZE=90 EPROTOTYPE=91 ENOPROTOOPT=92 EPROTONOSUPPORT=93 EOPNOTSUPP=95 EAFNOSUPPORT=97 EADDRINUSE=98 EADDRNOTAVAIL=99
        ENETDOWN=100 ENETUNREACH=101 ECONNABORTED=103 ECONNRESET=104 ENOBUFS=105 EISCONN=106 ENOTCONN=107 ETIMEDOUT=110 ECONNREFUSED=111 EHOSTDOWN=112
        EHOSTUNREACH=113 EALREADY=114 EINPROGRESS=115 ESTALE=116 EDQUOT=122 ECANCELED=125
        """);

    /// <summary>Names of capabilities, linux/capability.h: bit n is name n.</summary>
    public static FlagNames Capabilities { get; } = FlagNames.OfBits(
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP",
        "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
        "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP",
        "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
        "CAP_CHECKPOINT_RESTORE");
}
