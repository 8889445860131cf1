using Skerry.Guard.Events;

namespace Skerry.Node.Sensors;

/// <summary>What a descriptor leads to, by the mode of its inode and the family of its socket.</summary>
internal static class DescriptorKinds
{
    private const int TypeBits = 0xF000; // S_IFMT
    private const int Fifo = 0x1000;
    private const int Directory = 0x4000;
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

    /// <summary>The kind of what is no socket.</summary>
    internal static DescriptorKind OfFile(int mode, ReadOnlySpan<byte> name)
    {
        switch (mode & TypeBits)
        {
            case Fifo:
                return DescriptorKind.Pipe;
            case Directory:
                return DescriptorKind.Directory;
            case 0:
                foreach (var (known, kind) in Anonymous)
                {
                    if (name.EndsWith(known) || name.IndexOf(known) >= 0)
                    {
                        return kind;
                    }
                }

                return DescriptorKind.Unknown;
            default:
                return name.StartsWith("/memfd:"u8) ? DescriptorKind.Memory : DescriptorKind.File;
        }
    }

    /// <summary>A standard stream of which no more than its type is known; null where it is closed.</summary>
    internal static DescriptorFacts? Stream(int type, int family) =>
        type == 0 && family == 0 ? null : Streams[(int)(type == Socket ? OfSocket(family, listens: false) : OfFile(type, []))];
}
