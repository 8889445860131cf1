using Skerry.Guard.Events;

namespace Skerry.Guard.Recorder;

/// <summary>Makes facts of rows again, in the order in which <see cref="FactRows"/> writes their properties.</summary>
internal sealed class FactReader
{
    private readonly byte[] _content;
    private readonly TableReader _texts;
    private readonly UserFacts[] _users;
    private readonly PodFacts[] _pods;
    private readonly ContainerFacts[] _containers;
    private long _made;

    /// <exception cref="RecordFormatException">A row is not one.</exception>
    public FactReader(byte[] content, TableReader texts, TableReader users, TableReader pods, TableReader containers, TableReader descriptors, TableReader processes)
    {
        _content = content;
        _texts = texts;
        _users = Read(users, ReadUser);
        _pods = Read(pods, ReadPod);
        _containers = Read(containers, ReadContainer);
        Descriptors = Read(descriptors, ReadDescriptor);
        Processes = new ProcessFacts[processes.Count];
        for (var i = 0; i < Processes.Length; i++)
        {
            var row = processes.Row(i);
            Processes[i] = ReadProcess(ref row, i);
            row.End();
        }
    }

    private delegate T RowReader<out T>(ref ByteCursor row);

    public DescriptorFacts[] Descriptors { get; }

    public ProcessFacts[] Processes { get; }

    private static T[] Read<T>(TableReader table, RowReader<T> read)
    {
        var facts = new T[table.Count];
        for (var i = 0; i < facts.Length; i++)
        {
            var row = table.Row(i);
            facts[i] = read(ref row);
            row.End();
        }

        return facts;
    }

    private UserFacts ReadUser(ref ByteCursor row) => new()
    {
        Uid = (uint)row.Read(),
        Name = _texts.Text(ref row),
        Home = _texts.Text(ref row),
        Shell = _texts.Text(ref row),
        Gid = (uint)row.Read(),
        GroupName = _texts.Text(ref row),
        LoginUid = (uint?)Optional(ref row),
        LoginName = _texts.Text(ref row),
    };

    private PodFacts ReadPod(ref ByteCursor row) => new()
    {
        Name = _texts.Text(ref row),
        Namespace = _texts.Text(ref row),
        Uid = _texts.Text(ref row),
        SandboxId = _texts.Text(ref row),
        Address = _texts.Text(ref row),
        Labels = Labels(ref row),
    };

    private ContainerFacts ReadContainer(ref ByteCursor row)
    {
        var container = new ContainerFacts
        {
            Pod = Pick(ref row, _pods, "pod"),
            Id = _texts.Text(ref row),
            FullId = _texts.Text(ref row),
            Name = _texts.Text(ref row),
            Image = _texts.Text(ref row),
            ImageId = _texts.Text(ref row),
            Repository = _texts.Text(ref row),
            Tag = _texts.Text(ref row),
            Digest = _texts.Text(ref row),
            Engine = _texts.Text(ref row),
            Address = _texts.Text(ref row),
            IsPrivileged = Flag(ref row),
            HasHostPids = Flag(ref row),
            HasHostNetwork = Flag(ref row),
            HasHostIpc = Flag(ref row),
            StartTime = Optional(ref row),
            Labels = Labels(ref row),
        };
        var mounts = new ContainerMount[row.ReadCount("mounts")];
        for (var i = 0; i < mounts.Length; i++)
        {
            mounts[i] = new ContainerMount(_texts.Text(ref row), _texts.Text(ref row), _texts.Text(ref row), row.ReadBelow(2, "truth") != 0, _texts.Text(ref row));
        }

        container.Mounts = mounts;
        return container;
    }

    private DescriptorFacts ReadDescriptor(ref ByteCursor row)
    {
        var descriptor = new DescriptorFacts
        {
            Kind = (DescriptorKind)row.ReadBelow((int)DescriptorKind.Process + 1, "kind of descriptor"),
            Name = _texts.Text(ref row),
            RawName = _texts.Text(ref row),
            Client = Address(ref row),
            Server = Address(ref row),
            ClientPort = (ushort?)Optional(ref row),
            ServerPort = (ushort?)Optional(ref row),
        };
        var flags = row.ReadBelow(8, "flags");
        descriptor.IsClientLocal = (flags & 1) != 0;
        descriptor.IsConnected = (flags & 2) != 0;
        descriptor.IsNameChanged = (flags & 4) != 0;
        descriptor.Protocol = _texts.Text(ref row);
        descriptor.Device = (uint?)Optional(ref row);
        descriptor.Inode = (ulong?)Optional(ref row);
        descriptor.IsInUpperLayer = Flag(ref row);
        descriptor.IsInLowerLayer = Flag(ref row);
        descriptor.ClientName = _texts.Text(ref row);
        descriptor.ServerName = _texts.Text(ref row);
        return descriptor;
    }

    private ProcessFacts ReadProcess(ref ByteCursor row, int number)
    {
        var parent = row.ReadBelow(number + 1, "parent");
        var process = new ProcessFacts
        {
            Parent = parent > 0 ? Processes[parent - 1] : null,
            User = Pick(ref row, _users, "user"),
            Container = Pick(ref row, _containers, "container"),
        };
        for (var i = 0; i < process.StandardStreams.Length; i++)
        {
            process.StandardStreams[i] = Pick(ref row, Descriptors, "descriptor");
        }

        process.Pid = row.ReadInt();
        process.VirtualPid = row.ReadInt();
        var name = _texts.Text(ref row);
        process.Executable = _texts.Text(ref row);
        process.ExecutablePath = _texts.Text(ref row);
        var arguments = Texts(ref row, "arguments", out var length);
        Make(ref row, length + Math.Max(0, arguments.Length - 1));
        process.SetCommand(name, arguments);
        process.Environment = Texts(ref row, "variables", out _);
        process.WorkingDirectory = _texts.Text(ref row);
        process.Cgroups = _texts.Text(ref row);
        process.Terminal = (uint)row.Read();
        process.SessionId = (int?)Optional(ref row);
        process.GroupId = (int?)Optional(ref row);
        process.VirtualGroupId = (int?)Optional(ref row);
        process.LoginShellPid = (int?)Optional(ref row);
        process.StartTime = Optional(ref row);
        process.NamespaceStartTime = Optional(ref row);
        process.ExecutableInode = (ulong?)Optional(ref row);
        process.ExecutableChangeTime = Optional(ref row);
        process.ExecutableModifyTime = Optional(ref row);
        process.IsExecutableWritable = Flag(ref row);
        process.IsExecutableInUpperLayer = Flag(ref row);
        process.IsExecutableInLowerLayer = Flag(ref row);
        process.IsExecutableInMemory = Flag(ref row);
        process.PermittedCapabilities = (ulong?)Optional(ref row);
        process.InheritableCapabilities = (ulong?)Optional(ref row);
        process.EffectiveCapabilities = (ulong?)Optional(ref row);
        process.Threads = (int?)Optional(ref row);
        process.VirtualMemory = (ulong?)Optional(ref row);
        process.ResidentMemory = (ulong?)Optional(ref row);
        process.SwappedMemory = (ulong?)Optional(ref row);
        return process;
    }

    private static T? Pick<T>(ref ByteCursor row, T[] from, string of)
        where T : class => row.ReadBelow(from.Length + 1, of) is > 0 and var number ? from[number - 1] : null;

    private static long? Optional(ref ByteCursor row) => row.ReadBelow(2, "presence") == 0 ? null : row.ReadSigned();

    private static bool? Flag(ref ByteCursor row) => row.ReadBelow(3, "truth") switch { 0 => null, 1 => false, _ => true };

    private NetworkAddress? Address(ref ByteCursor row)
    {
        const int V4Bytes = 4;
        const int V6Bytes = 16;
        var family = row.ReadBelow(3, "family");
        if (family == 0)
        {
            return null;
        }

        var width = family == 1 ? V4Bytes : V6Bytes;
        return NetworkAddress.FromBytes(_content.AsSpan(row.Skip(width), width));
    }

    private Text[] Texts(ref ByteCursor row, string of, out long length)
    {
        var texts = new Text[row.ReadCount(of)];
        length = 0;
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = _texts.Text(ref row);
            length += texts[i].Length;
        }

        return texts;
    }

    private Dictionary<string, Text> Labels(ref ByteCursor row)
    {
        var count = row.ReadCount("labels");
        var labels = new Dictionary<string, Text>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var key = _texts.Text(ref row);
            Make(ref row, key.Length);
            labels[key.ToString()] = _texts.Text(ref row);
        }

        return labels;
    }

    /// <summary>Few bytes may name a long text many times: what is made of them has an end.</summary>
    private void Make(ref ByteCursor row, long bytes)
    {
        _made += bytes;
        if (_made > RecordFormat.MaxMade)
        {
            throw row.Wrong($"makes the command lines and labels of the block longer than {RecordFormat.MaxMade} bytes, which is not believed");
        }
    }
}
