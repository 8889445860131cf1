using Skerry.Guard.Events;
using Skerry.Linux.Bpf;

namespace Skerry.Node.Sensors;

/// <summary>What a descriptor leads to, by the mode of its inode and the family of its socket.</summary>
internal static class DescriptorKinds
{
    private const int TypeBits = 0xF000; // S_IFMT
    private const int Fifo = 0x1000;
    private const int Directory = 0x4000;
    private const int Regular = 0x8000;
    private const int Socket = 0xC000;
    private const int Unix = 1; // AF_UNIX and so on, linux/socket.h
    private const int Internet = 2;
    private const int Internet6 = 10;
    private const int Netlink = 16;

    /// <summary>Names of the kernel's anonymous inodes.</summary>
    private static readonly (byte[] Name, DescriptorKind Kind)[] Anonymous =
    [
        ("[eventfd]"u8.ToArray(), DescriptorKind.Event), ("[signalfd]"u8.ToArray(), DescriptorKind.Signal), ("[eventpoll]"u8.ToArray(), DescriptorKind.EventPoll),
        ("inotify"u8.ToArray(), DescriptorKind.Inotify), ("[timerfd]"u8.ToArray(), DescriptorKind.Timer), ("bpf"u8.ToArray(), DescriptorKind.Bpf),
        ("[userfaultfd]"u8.ToArray(), DescriptorKind.UserFault), ("[io_uring]"u8.ToArray(), DescriptorKind.IoUring), ("[pidfd]"u8.ToArray(), DescriptorKind.Process),
    ];

    private static readonly DescriptorFacts[] Streams = [.. Enum.GetValues<DescriptorKind>().Select(static k => new DescriptorFacts { Kind = k })];

    /// <summary>The kind of a socket.</summary>
    internal static DescriptorKind OfSocket(int family, bool listens) => family switch
    {
        Unix => DescriptorKind.Unix,
        Internet => listens ? DescriptorKind.Ipv4Listener : DescriptorKind.Ipv4,
        Internet6 => listens ? DescriptorKind.Ipv6Listener : DescriptorKind.Ipv6,
        Netlink => DescriptorKind.Netlink,
        _ => DescriptorKind.Unknown,
    };

    /// <summary>The name of what is no socket. A pipe without a file has none, and what has no file at all (anon_inode) is called as the kernel calls it: neither is below a root.</summary>
    internal static ReadOnlySpan<byte> NameOf(int mode, ReadOnlySpan<byte> path, PathEnd end) =>
        (mode & TypeBits) == Fifo && path is [(byte)'/'] ? []
        : end == PathEnd.Detached && path.LastIndexOf((byte)'/') == 0 && IsAnonymous(path[1..]) ? path[1..] : path;

    /// <summary>The kind of what is no socket.</summary>
    internal static DescriptorKind OfFile(int mode, ReadOnlySpan<byte> name)
    {
        switch (mode & TypeBits)
        {
            case Fifo:
                return DescriptorKind.Pipe;
            case Directory:
                return DescriptorKind.Directory;
            case 0 or Regular when name is not [(byte)'/', ..] && AnonymousKind(name) is { } kind: // a mode they have since Linux 6.16
                return kind;
            case 0:
                return DescriptorKind.Unknown;
            default:
                return name.StartsWith("/memfd:"u8) ? DescriptorKind.Memory : DescriptorKind.File;
        }
    }

    /// <summary>No path is told of it that says so: [eventfd], inotify, bpf-map …</summary>
    private static bool IsAnonymous(ReadOnlySpan<byte> name) => name is [(byte)'[', .., (byte)']'] || AnonymousKind(name) is not null;

    private static DescriptorKind? AnonymousKind(ReadOnlySpan<byte> name)
    {
        foreach (var (known, kind) in Anonymous)
        {
            if (name.StartsWith(known))
            {
                return kind;
            }
        }

        return null;
    }

    /// <summary>A standard stream of which no more than its type is known; null where it is closed.</summary>
    internal static DescriptorFacts? Stream(int type, int family) =>
        type == 0 && family == 0 ? null : Streams[(int)(type == Socket ? OfSocket(family, listens: false) : OfFile(type, []))];
}
