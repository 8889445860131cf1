namespace Skerry.Guard.Events;

/// <summary>What is known of one open file, kept by the sensor as long as the descriptor is open.</summary>
public sealed class DescriptorFacts : Facts
{
    /// <summary>What it leads to.</summary>
    public DescriptorKind Kind { get; set => Set(ref field, value); }

    /// <summary>Absolute path, or the tuple of a connection.</summary>
    public Text Name { get; set => Set(ref field, value); }

    /// <summary>The path as the system call had it.</summary>
    public Text RawName { get; set => Set(ref field, value); }

    /// <summary>End that opened the connection; of a listener none.</summary>
    public NetworkAddress? Client { get; set => Set(ref field, value); }

    /// <summary>End that was called, or the address listened on.</summary>
    public NetworkAddress? Server { get; set => Set(ref field, value); }

    /// <summary>Port of <see cref="Client"/>.</summary>
    public ushort? ClientPort { get; set => Set(ref field, value); }

    /// <summary>Port of <see cref="Server"/>.</summary>
    public ushort? ServerPort { get; set => Set(ref field, value); }

    /// <summary>True where the client's end is on this machine, as with a connection that goes out.</summary>
    public bool IsClientLocal { get; set => Set(ref field, value); }

    /// <summary>"tcp", "udp", "icmp" or "raw".</summary>
    public Text Protocol { get; set => Set(ref field, value); }

    /// <summary>True once a connection stands.</summary>
    public bool IsConnected { get; set => Set(ref field, value); }

    /// <summary>True where this event changed the name, as a datagram to another address does.</summary>
    public bool IsNameChanged { get; set => Set(ref field, value); }

    /// <summary>Device of the file: major × 1048576 + minor, the kernel's own form.</summary>
    public uint? Device { get; set => Set(ref field, value); }

    /// <summary>Inode of the file.</summary>
    public ulong? Inode { get; set => Set(ref field, value); }

    /// <summary>True where the file is in the writable layer of an overlay.</summary>
    public bool? IsInUpperLayer { get; set => Set(ref field, value); }

    /// <summary>True where the file is in a read-only layer of an overlay.</summary>
    public bool? IsInLowerLayer { get; set => Set(ref field, value); }

    /// <summary>Names of the addresses, where the node resolves any.</summary>
    public Text ClientName { get; set => Set(ref field, value); }

    /// <summary>As <see cref="ClientName"/>, of the server.</summary>
    public Text ServerName { get; set => Set(ref field, value); }

    internal bool IsFile => Kind is DescriptorKind.File;

    internal bool IsListener => Kind is DescriptorKind.Ipv4Listener or DescriptorKind.Ipv6Listener;

    internal bool IsInternet => Kind is DescriptorKind.Ipv4 or DescriptorKind.Ipv6 || IsListener;
}
