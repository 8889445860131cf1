namespace Skerry.Node.Sensors.Gvisor;

/// <summary>What a message of gVisor's stream is of (enum MessageType, pkg/sentry/seccheck/points/common.proto). Those that nothing is made of are not here.</summary>
internal enum PointKind : ushort
{
    /// <summary>No message.</summary>
    None = 0,

    /// <summary>A container's first program.</summary>
    Start = 1,

    /// <summary>A task was made.</summary>
    Clone = 2,

    /// <summary>A program was loaded.</summary>
    Exec = 3,

    /// <summary>A task ended.</summary>
    TaskExit = 5,

    /// <summary>A call, as numbers.</summary>
    Raw = 6,

    /// <summary>open, openat, creat.</summary>
    Open = 7,

    /// <summary>close.</summary>
    Close = 8,

    /// <summary>read and its like.</summary>
    Read = 9,

    /// <summary>connect.</summary>
    Connect = 10,

    /// <summary>execve, execveat.</summary>
    Execve = 11,

    /// <summary>socket.</summary>
    Socket = 12,

    /// <summary>chdir, fchdir.</summary>
    Chdir = 13,

    /// <summary>setuid, setgid, setsid.</summary>
    SetId = 14,

    /// <summary>setresuid, setresgid.</summary>
    SetResId = 15,

    /// <summary>fcntl.</summary>
    Fcntl = 18,

    /// <summary>dup and its like.</summary>
    Dup = 19,

    /// <summary>chroot.</summary>
    Chroot = 21,

    /// <summary>clone, as the caller had it.</summary>
    CallClone = 23,

    /// <summary>bind.</summary>
    Bind = 24,

    /// <summary>accept, accept4.</summary>
    Accept = 25,

    /// <summary>fork, vfork.</summary>
    Fork = 29,

    /// <summary>socketpair.</summary>
    SocketPair = 33,

    /// <summary>write and its like.</summary>
    Write = 34,
}
