using Skerry.Guard.Events;

namespace Skerry.Guard.Tests;

/// <summary>Makes events as a sensor would, through the public types alone.</summary>
internal static class Make
{
    public const long Now = 1_700_000_000_123_456_789;
    public const long Second = 1_000_000_000;
    public const long ReadOnly = 0;
    public const long WriteOnly = 1;
    public const long ReadWrite = 2;
    public const long Create = 0x40;
    public const long Truncate = 0x200;

    private static int _pid = 1000;

    /// <summary>A process from its command line; its name is the last part of the first word, its path below /usr/bin where the word has none.</summary>
    public static ProcessFacts Process(string commandLine, ProcessFacts? parent = null, ContainerFacts? container = null, string user = "root", uint uid = 0, uint tty = 0)
    {
        var words = commandLine.Split(' ');
        var name = words[0][(words[0].LastIndexOf('/') + 1)..];
        var pid = Interlocked.Increment(ref _pid);
        return new ProcessFacts
        {
            Pid = pid,
            VirtualPid = pid,
            Name = name.Length > 15 ? name[..15] : name,
            Executable = words[0],
            ExecutablePath = words[0].StartsWith('/') ? words[0] : "/usr/bin/" + words[0],
            Arguments = [.. words.Skip(1).Select(static w => (Text)w)],
            Parent = parent,
            Container = container ?? parent?.Container,
            Terminal = tty,
            WorkingDirectory = "/root/",
            StartTime = Now - Second,
            User = new UserFacts { Uid = uid, Name = user, Gid = uid, GroupName = user },
            EffectiveCapabilities = 0,
            PermittedCapabilities = 0,
            InheritableCapabilities = 0,
        };
    }

    public static ContainerFacts Container(string repository = "docker.io/library/nginx", bool privileged = false, string? ns = null) => new()
    {
        Id = "3ad7b26ded6d",
        FullId = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e",
        Name = "web",
        Image = repository + ":1.25",
        Repository = repository,
        Tag = "1.25",
        Engine = "skerry",
        IsPrivileged = privileged,
        StartTime = Now - (60 * Second),
        Pod = ns is null ? null : new PodFacts { Name = "web-0", Namespace = ns },
    };

    public static KernelEvent Event(string type, ProcessFacts? process, long? result = 0, params ReadOnlySpan<(string Name, object Value)> arguments)
    {
        var e = new KernelEvent();
        Fill(e, type, process, result, arguments);
        return e;
    }

    public static void Fill(KernelEvent e, string type, ProcessFacts? process, long? result, params ReadOnlySpan<(string Name, object Value)> arguments)
    {
        var kind = EventTypes.Get(type);
        e.Begin(kind);
        e.Number = 1;
        e.Timestamp = Now;
        e.HostName = "edge-7";
        e.Result = result;
        e.Process = process;
        e.ThreadId = process?.Pid ?? 0;
        foreach (var (name, value) in arguments)
        {
            var position = kind.Arguments.Index().First(a => a.Item == name).Index;
            if (value is string text)
            {
                e.SetArgument(position, ((Text)text).Span);
            }
            else
            {
                e.SetArgument(position, Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
            }
        }
    }

    public static KernelEvent Exec(ProcessFacts process) => Event("execve", process, 0, ("filename", process.ExecutablePath.ToString()), ("flags", 0));

    /// <summary>An open that went well, or failed with a negative result.</summary>
    public static KernelEvent Open(ProcessFacts process, string path, long flags = ReadOnly, long result = 3, string? raw = null, DescriptorKind kind = DescriptorKind.File)
    {
        var e = Event("openat", process, result, ("name", raw ?? path), ("flags", flags), ("dirfd", -100), ("mode", 420));
        e.DescriptorNumber = result < 0 ? -1 : (int)result;
        e.Descriptor = new DescriptorFacts { Kind = kind, Name = path, RawName = raw ?? path };
        return e;
    }

    public static KernelEvent Connect(ProcessFacts process, string address, ushort port, string protocol = "tcp", long result = 0, string? serverName = null, string type = "connect")
    {
        Assert.True(NetworkAddress.TryParse("10.88.0.2", out var client));
        Assert.True(NetworkAddress.TryParse(address, out var server));
        var e = Event(type, process, result);
        e.DescriptorNumber = 5;
        e.Descriptor = new DescriptorFacts
        {
            Kind = server.IsV6 ? DescriptorKind.Ipv6 : DescriptorKind.Ipv4,
            Name = $"10.88.0.2:40000->{address}:{port}",
            Client = client,
            Server = server,
            ClientPort = 40000,
            ServerPort = port,
            IsClientLocal = true,
            Protocol = protocol,
            IsConnected = true,
            ServerName = serverName,
        };
        return e;
    }
}
