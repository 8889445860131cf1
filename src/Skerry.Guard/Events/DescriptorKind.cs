namespace Skerry.Guard.Events;

/// <summary>What a file descriptor leads to.</summary>
public enum DescriptorKind
{
    /// <summary>Not known.</summary>
    Unknown,

    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>An IPv4 socket with two ends.</summary>
    Ipv4,

    /// <summary>An IPv6 socket with two ends.</summary>
    Ipv6,

    /// <summary>An IPv4 socket that listens.</summary>
    Ipv4Listener,

    /// <summary>An IPv6 socket that listens.</summary>
    Ipv6Listener,

    /// <summary>A Unix socket.</summary>
    Unix,

    /// <summary>A pipe.</summary>
    Pipe,

    /// <summary>An eventfd.</summary>
    Event,

    /// <summary>A signalfd.</summary>
    Signal,

    /// <summary>An epoll set.</summary>
    EventPoll,

    /// <summary>An inotify queue.</summary>
    Inotify,

    /// <summary>A timerfd.</summary>
    Timer,

    /// <summary>A netlink socket.</summary>
    Netlink,

    /// <summary>A bpf object.</summary>
    Bpf,

    /// <summary>A userfaultfd.</summary>
    UserFault,

    /// <summary>An io_uring.</summary>
    IoUring,

    /// <summary>A file in memory without a name.</summary>
    Memory,

    /// <summary>A process.</summary>
    Process,
}
