using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>Fields of the descriptor an event is about.</summary>
internal static class DescriptorFields
{
    private const FieldTraits Either = FieldTraits.FilterOnly | FieldTraits.NoRight | FieldTraits.NoTransformer;
    private const FieldTraits Named = FieldTraits.NoRight | FieldTraits.NoTransformer;

    public static FieldClass Class { get; } = new FieldClass("fd", "The file, socket or other descriptor the event is about.")
        .Number("fd.num", FieldType.Int64, "Its number; -1 where an open failed.", static (e, _) => e.DescriptorNumber)
        .Text("fd.type", "file, directory, ipv4, ipv6, unix, pipe …", static (e, _) => e.Descriptor is { } d ? DescriptorText.TypeOf(d.Kind) : default)
        .Text("fd.typechar", "Its type as a letter: f, d, 4, 6, u, p …", static (e, _) => DescriptorText.Letter(e))
        .Text("fd.name", "Absolute path, or the tuple of a connection.", static (e, _) => DescriptorText.Name(e, isRaw: false))
        .Text("fd.directory", "Directory of a file.", static (e, _) => DescriptorText.Directory(e))
        .Text("fd.filename", "Name of a file without its directory.", static (e, _) => DescriptorText.FileName(e))
        .Address("fd.ip", FieldType.IpAddr, "Either address.", static (e, _) => Client(e), static (e, _) => Server(e), Either)
        .Address("fd.cip", FieldType.IpAddr, "Address of the client.", static (e, _) => Client(e))
        .Address("fd.sip", FieldType.IpAddr, "Address of the server.", static (e, _) => Server(e))
        .Address("fd.lip", FieldType.IpAddr, "Address on this machine.", static (e, _) => Local(e))
        .Address("fd.rip", FieldType.IpAddr, "Address of the other end.", static (e, _) => Remote(e))
        .EitherPort("fd.port", FieldType.Port, "Either port.")
        .Number("fd.cport", FieldType.Port, "Port of the client.", static (e, _) => e.Descriptor?.ClientPort)
        .Number("fd.sport", FieldType.Port, "Port of the server.", static (e, _) => e.Descriptor?.ServerPort)
        .Number("fd.lport", FieldType.Port, "Port on this machine.", static (e, _) => LocalPort(e))
        .Number("fd.rport", FieldType.Port, "Port of the other end.", static (e, _) => RemotePort(e))
        .Text("fd.l4proto", "tcp, udp, icmp or raw.", static (e, _) => e.Descriptor is { } d ? (d.Protocol.IsAbsent ? KnownTexts.Unknown : d.Protocol) : default)
        .Text("fd.sockfamily", "ip or unix.", static (e, _) => e.Descriptor is { } d ? (d.IsInternet ? KnownTexts.Internet : d.Kind == DescriptorKind.Unix ? KnownTexts.Unix : default) : default)
        .Flag("fd.is_server", "True where this machine is the server.", static e => e.Descriptor is { } d ? d.IsListener || (d.IsInternet && !d.IsClientLocal) : null)
        .Text("fd.uid", "Thread number and descriptor number in one.", static (e, _) => DescriptorText.Unique(e))
        .Text("fd.containername", "Container and fd.name.", static (e, _) => DescriptorText.InContainer(e, DescriptorText.Name(e, isRaw: false)))
        .Text("fd.containerdirectory", "Container and fd.directory.", static (e, _) => DescriptorText.InContainer(e, DescriptorText.Directory(e)))
        .EitherPort("fd.proto", FieldType.Port, "Either port, by number.")
        .Text("fd.cproto", "Port of the client as text.", static (e, _) => DescriptorText.Port(e, e.Descriptor?.ClientPort))
        .Text("fd.sproto", "Port of the server as text.", static (e, _) => DescriptorText.Port(e, e.Descriptor?.ServerPort))
        .Text("fd.lproto", "Port on this machine as text.", static (e, _) => DescriptorText.Port(e, LocalPort(e)))
        .Text("fd.rproto", "Port of the other end as text.", static (e, _) => DescriptorText.Port(e, RemotePort(e)))
        .Address("fd.net", FieldType.IpNet, "Network of either address.", static (e, _) => Client(e), static (e, _) => Server(e), Either)
        .Address("fd.cnet", FieldType.IpNet, "Network of the client.", static (e, _) => Client(e), null, Either)
        .Address("fd.snet", FieldType.IpNet, "Network of the server.", static (e, _) => Server(e), null, Either)
        .Address("fd.lnet", FieldType.IpNet, "Network on this machine.", static (e, _) => Local(e), null, Either)
        .Address("fd.rnet", FieldType.IpNet, "Network of the other end.", static (e, _) => Remote(e), null, Either)
        .Flag("fd.connected", "True where a connection stands.", static e => e.Descriptor?.IsConnected)
        .Flag("fd.name_changed", "True where this event changed the name.", static e => e.Descriptor?.IsNameChanged)
        .Text("fd.cip.name", "Name of the client's address.", static (e, _) => e.Descriptor?.ClientName ?? default, Named | FieldTraits.Unfilled)
        .Text("fd.sip.name", "Name of the server's address.", static (e, _) => e.Descriptor?.ServerName ?? default, Named | FieldTraits.Unfilled)
        .Text("fd.lip.name", "Name of the address on this machine.", static (e, _) => e.Descriptor is { } d ? (d.IsClientLocal ? d.ClientName : d.ServerName) : default, Named | FieldTraits.Unfilled)
        .Text("fd.rip.name", "Name of the other end's address.", static (e, _) => e.Descriptor is { } d ? (d.IsClientLocal ? d.ServerName : d.ClientName) : default, Named | FieldTraits.Unfilled)
        .Number("fd.dev", FieldType.Int32, "Device of the file.", static (e, _) => e.Descriptor?.Device)
        .Number("fd.dev.major", FieldType.Int32, "Its major number.", static (e, _) => e.Descriptor?.Device >> 20)
        .Number("fd.dev.minor", FieldType.Int32, "Its minor number.", static (e, _) => e.Descriptor?.Device & 0xFFFFF)
        .Number("fd.ino", FieldType.Int64, "Inode of the file.", static (e, _) => (long?)e.Descriptor?.Inode)
        .Text("fd.nameraw", "Path as the call had it.", static (e, _) => DescriptorText.Name(e, isRaw: true))
        .Add(new FieldDefinition("fd.types", FieldType.CharBuf, "Types of the descriptors 0, 1, 2 and the event's own; fd.types[0] of one.",
            FieldTraits.List | FieldTraits.ArgumentAllowed | FieldTraits.ArgumentIndex | FieldTraits.NoRight)
        {
            List = DescriptorText.AllTypes,
        })
        .Flag("fd.is_upper_layer", "True where the file is in a writable layer.", static e => e.Descriptor?.IsInUpperLayer)
        .Flag("fd.is_lower_layer", "True where the file is in a read-only layer.", static e => e.Descriptor?.IsInLowerLayer);

    /// <summary>Descriptors of poll(2): the sensor does not follow them.</summary>
    public static FieldClass Lists { get; } = new FieldClass("fdlist", "Descriptors of poll(2).")
        .Missing("fdlist.nums", FieldType.CharBuf, "Their numbers.")
        .Missing("fdlist.names", FieldType.CharBuf, "Their names.")
        .Missing("fdlist.cips", FieldType.CharBuf, "Addresses of clients.")
        .Missing("fdlist.sips", FieldType.CharBuf, "Addresses of servers.")
        .Missing("fdlist.cports", FieldType.CharBuf, "Ports of clients.")
        .Missing("fdlist.sports", FieldType.CharBuf, "Ports of servers.");

    private static NetworkAddress? Client(KernelEvent e) => e.Descriptor?.Client;

    private static NetworkAddress? Server(KernelEvent e) => e.Descriptor?.Server;

    private static NetworkAddress? Local(KernelEvent e) => e.Descriptor is { IsListener: false } d ? (d.IsClientLocal ? d.Client : d.Server) : null;

    private static NetworkAddress? Remote(KernelEvent e) => e.Descriptor is { IsListener: false } d ? (d.IsClientLocal ? d.Server : d.Client) : null;

    private static long? LocalPort(KernelEvent e) => e.Descriptor is { IsListener: false } d ? (d.IsClientLocal ? d.ClientPort : d.ServerPort) : null;

    private static long? RemotePort(KernelEvent e) => e.Descriptor is { IsListener: false } d ? (d.IsClientLocal ? d.ServerPort : d.ClientPort) : null;

    private static FieldClass EitherPort(this FieldClass fields, string name, FieldType type, string description) =>
        fields.Add(new FieldDefinition(name, type, description, Either)
        {
            Number = static (e, _) => e.Descriptor?.ClientPort,
            OtherNumber = static (e, _) => e.Descriptor?.ServerPort,
        });
}
