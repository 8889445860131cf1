using System.Buffers.Binary;
using Skerry.Guard.Events;

namespace Skerry.Guard.Recorder;

/// <summary>How facts are written as rows. <see cref="FactReader"/> reads the same properties in the same order.</summary>
internal static class FactRows
{
    public static void Write(ByteColumn row, UserFacts user, FactTables tables)
    {
        row.Clear();
        row.Write(user.Uid);
        row.Write(tables.Text(user.Name));
        row.Write(tables.Text(user.Home));
        row.Write(tables.Text(user.Shell));
        row.Write(user.Gid);
        row.Write(tables.Text(user.GroupName));
        Optional(row, user.LoginUid);
        row.Write(tables.Text(user.LoginName));
    }

    public static void Write(ByteColumn row, PodFacts pod, FactTables tables)
    {
        row.Clear();
        row.Write(tables.Text(pod.Name));
        row.Write(tables.Text(pod.Namespace));
        row.Write(tables.Text(pod.Uid));
        row.Write(tables.Text(pod.SandboxId));
        row.Write(tables.Text(pod.Address));
        Labels(row, pod.Labels, tables);
    }

    public static void Write(ByteColumn row, ContainerFacts container, int pod, FactTables tables)
    {
        row.Clear();
        row.Write((ulong)(pod + 1));
        row.Write(tables.Text(container.Id));
        row.Write(tables.Text(container.FullId));
        row.Write(tables.Text(container.Name));
        row.Write(tables.Text(container.Image));
        row.Write(tables.Text(container.ImageId));
        row.Write(tables.Text(container.Repository));
        row.Write(tables.Text(container.Tag));
        row.Write(tables.Text(container.Digest));
        row.Write(tables.Text(container.Engine));
        row.Write(tables.Text(container.Address));
        Flag(row, container.IsPrivileged);
        Flag(row, container.HasHostPids);
        Flag(row, container.HasHostNetwork);
        Flag(row, container.HasHostIpc);
        Optional(row, container.StartTime);
        Labels(row, container.Labels, tables);
        row.Write((ulong)container.Mounts.Count);
        foreach (var mount in container.Mounts)
        {
            row.Write(tables.Text(mount.Source));
            row.Write(tables.Text(mount.Destination));
            row.Write(tables.Text(mount.Mode));
            row.Write(mount.IsWritable ? 1UL : 0);
            row.Write(tables.Text(mount.Propagation));
        }
    }

    public static void Write(ByteColumn row, DescriptorFacts descriptor, FactTables tables)
    {
        row.Clear();
        row.Write((ulong)descriptor.Kind);
        row.Write(tables.Text(descriptor.Name));
        row.Write(tables.Text(descriptor.RawName));
        Address(row, descriptor.Client);
        Address(row, descriptor.Server);
        Optional(row, descriptor.ClientPort);
        Optional(row, descriptor.ServerPort);
        row.Write((descriptor.IsClientLocal ? 1UL : 0) | (descriptor.IsConnected ? 2UL : 0) | (descriptor.IsNameChanged ? 4UL : 0));
        row.Write(tables.Text(descriptor.Protocol));
        Optional(row, descriptor.Device);
        Optional(row, (long?)descriptor.Inode);
        Flag(row, descriptor.IsInUpperLayer);
        Flag(row, descriptor.IsInLowerLayer);
        row.Write(tables.Text(descriptor.ClientName));
        row.Write(tables.Text(descriptor.ServerName));
    }

    public static void Write(ByteColumn row, ProcessFacts process, int parent, int user, int container, ReadOnlySpan<int> streams, FactTables tables)
    {
        row.Clear();
        row.Write((ulong)(parent + 1));
        row.Write((ulong)(user + 1));
        row.Write((ulong)(container + 1));
        foreach (var stream in streams)
        {
            row.Write((ulong)(stream + 1));
        }

        row.WriteSigned(process.Pid);
        row.WriteSigned(process.VirtualPid);
        row.Write(tables.Text(process.Name));
        row.Write(tables.Text(process.Executable));
        row.Write(tables.Text(process.ExecutablePath));
        Texts(row, process.Arguments, tables);
        Texts(row, process.Environment, tables);
        row.Write(tables.Text(process.WorkingDirectory));
        row.Write(tables.Text(process.Cgroups));
        row.Write(process.Terminal);
        Optional(row, process.SessionId);
        Optional(row, process.GroupId);
        Optional(row, process.VirtualGroupId);
        Optional(row, process.LoginShellPid);
        Optional(row, process.StartTime);
        Optional(row, process.NamespaceStartTime);
        Optional(row, (long?)process.ExecutableInode);
        Optional(row, process.ExecutableChangeTime);
        Optional(row, process.ExecutableModifyTime);
        Flag(row, process.IsExecutableWritable);
        Flag(row, process.IsExecutableInUpperLayer);
        Flag(row, process.IsExecutableInLowerLayer);
        Flag(row, process.IsExecutableInMemory);
        Optional(row, (long?)process.PermittedCapabilities);
        Optional(row, (long?)process.InheritableCapabilities);
        Optional(row, (long?)process.EffectiveCapabilities);
        Optional(row, process.Threads);
        Optional(row, (long?)process.VirtualMemory);
        Optional(row, (long?)process.ResidentMemory);
        Optional(row, (long?)process.SwappedMemory);
    }

    private static void Optional(ByteColumn row, long? value)
    {
        row.Write(value is null ? 0UL : 1);
        if (value is { } number)
        {
            row.WriteSigned(number);
        }
    }

    private static void Flag(ByteColumn row, bool? value) => row.Write(value switch { null => 0UL, false => 1, true => 2 });

    private static void Address(ByteColumn row, NetworkAddress? address)
    {
        row.Write(address switch { null => 0UL, { IsV6: false } => 1, _ => 2 });
        if (address is { } some)
        {
            Span<byte> bytes = stackalloc byte[16];
            BinaryPrimitives.WriteUInt128BigEndian(bytes, some.Bits);
            row.Append(bytes[(16 - (some.Width / 8))..]);
        }
    }

    private static void Texts(ByteColumn row, IReadOnlyList<Text> texts, FactTables tables)
    {
        row.Write((ulong)texts.Count);
        for (var i = 0; i < texts.Count; i++)
        {
            row.Write(tables.Text(texts[i]));
        }
    }

    private static void Labels(ByteColumn row, IReadOnlyDictionary<string, Text> labels, FactTables tables)
    {
        row.Write((ulong)labels.Count);
        foreach (var (key, value) in labels)
        {
            row.Write(tables.Text(key));
            row.Write(tables.Text(value));
        }
    }
}
