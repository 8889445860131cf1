using Google.Protobuf;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Vmm;
using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Microvm;

/// <summary>What the guest is told: of the machine, of a container, of a further process in one.</summary>
internal static class GuestDocuments
{
    private const string Interface = "eth0";
    private const int MostFile = 1 << 20;

    /// <summary>Name and network of the machine; the holder adds the time and entropy.</summary>
    /// <param name="podId">The pod.</param>
    /// <param name="hostname">Its name.</param>
    /// <param name="network">What it takes over of its pod's network; null: it has none.</param>
    internal static ConfigureRequest Machine(string podId, string hostname, GuestNetwork? network)
    {
        var request = new ConfigureRequest { Hostname = hostname, MachineId = ByteString.CopyFrom(Convert.FromHexString(podId.AsSpan(0, 32))) };
        if (network is not null)
        {
            var card = new GuestInterface { Name = Interface, Mac = network.Mac, Mtu = (uint)network.Mtu };
            card.Addresses.AddRange(network.Addresses);
            request.Interfaces.Add(card);
            request.Routes.AddRange(network.Routes.Select(static r => new Contracts.Guest.V1.GuestRoute { Destination = r.Destination, Gateway = r.Gateway, Interface = Interface }));
        }

        return request;
    }

    /// <summary>A container: what it would be on the node's kernel, on disks of the guest.</summary>
    /// <param name="inner">Its plan in the process tier.</param>
    /// <param name="layers">The disks of its image, bottom first.</param>
    /// <param name="writable">The disk that it writes to.</param>
    /// <param name="files">The pod's directory: a mount of a file in it is handed over as a file.</param>
    internal static StreamStart Container(ContainerPlan inner, IEnumerable<LayerDisk> layers, WritableDisk writable, string files)
    {
        var root = new GuestRoot { Writable = writable.Serial };
        root.Layers.AddRange(layers.Select(static d => d.Serial));
        root.Volumes.AddRange(Volume.Of(inner, files).Select(static v => new GuestVolume { Tag = VmShare.Tag, Source = v.Name, Path = v.Mount.Destination, ReadOnly = v.Mount.ReadOnly }));
        foreach (var mount in inner.Mounts)
        {
            if (mount.Source is { } source && source.StartsWith(files + "/", StringComparison.Ordinal))
            {
                root.Files.Add(new GuestFile { Path = mount.Destination, Content = Read(source), Mode = 0x1A4 /* 0644 */, ReadOnly = mount.ReadOnly });
            }
        }

        var plan = inner with { Mounts = [.. inner.Mounts.Where(static m => m.Source is null)] };
        return new StreamStart
        {
            Container = inner.Id,
            Document = ByteString.CopyFrom(OciSpec.Write(plan)),
            Root = root,
            Tty = inner.Spec.Tty,
            Stdin = inner.Spec.Stdin,
        };
    }

    private static ByteString Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        return stream.Length <= MostFile
            ? ByteString.FromStream(stream)
            : throw new IsolationException($"{file}: {stream.Length} bytes are more than the {MostFile} that are handed to a guest");
    }
}
