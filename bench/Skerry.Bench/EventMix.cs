using Skerry.Guard.Events;

namespace Skerry.Bench;

/// <summary>Kernel events of a busy node as its sensor would tell them: opens, reads, writes, closes, connections and new programs of forty processes in eight containers.</summary>
internal static class EventMix
{
    private const long Start = 1_700_000_000_000_000_000;

    public static KernelEvent[] Make(int count)
    {
        var random = new Random(1);
        var containers = Enumerable.Range(0, 8).Select(static n => new ContainerFacts
        {
            Id = $"3ad7b26ded6{n}", FullId = $"3ad7b26ded6{n}8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e", Name = $"web-{n}", Image = "docker.io/library/nginx:1.25",
            Repository = "docker.io/library/nginx", Tag = "1.25", Engine = "skerry", IsPrivileged = false, StartTime = Start, Pod = new PodFacts { Name = $"web-{n}", Namespace = "default" },
        }).ToArray();
        var user = new UserFacts { Uid = 1000, Name = "app", Gid = 1000, GroupName = "app", Home = "/home/app", Shell = "/bin/sh" };
        var init = Process("systemd", null, null, user, 1);
        var processes = Enumerable.Range(0, 40).Select(n => Process(n % 3 == 0 ? "node" : "nginx", Process("worker", Process("conmon", init, null, user, 100 + n), containers[n % 8], user, 200 + n), containers[n % 8], user, 300 + n)).ToArray();
        var files = Enumerable.Range(0, 500).Select(static n => new DescriptorFacts { Kind = DescriptorKind.File, Name = $"/srv/app/data/{n % 17}/object-{n}.json", Inode = (ulong)n, Device = 8 << 20 }).ToArray();
        var events = new KernelEvent[count];
        for (var i = 0; i < count; i++)
        {
            events[i] = new KernelEvent();
            var process = processes[random.Next(processes.Length)];
            Fill(events[i], random, process, files[random.Next(files.Length)], init, user);
            events[i].Number = (ulong)i + 1;
            events[i].Timestamp = Start + (i * 5000L);
            events[i].SinceStart = i * 5000L;
            events[i].SincePrevious = 5000;
            events[i].Processor = i % 4;
            events[i].HostName = "edge-7";
            events[i].ThreadId = events[i].Process!.Pid;
            events[i].VirtualThreadId = events[i].Process!.VirtualPid;
        }

        return events;
    }

    private static void Fill(KernelEvent e, Random random, ProcessFacts process, DescriptorFacts file, ProcessFacts init, UserFacts user)
    {
        switch (random.Next(20))
        {
            case 0:
                e.Begin(EventTypes.Get("execve"));
                e.Process = Process("sh", process, process.Container, user, 1000 + random.Next(30_000));
                e.Process.Arguments = ["-c", $"echo {random.Next(1000)}"];
                e.Result = 0;
                Set(e, "filename", "/bin/sh"u8);
                e.SetArgument(0, 0);
                break;
            case <= 4:
                e.Begin(EventTypes.Get("openat"));
                (e.Process, e.Descriptor, e.DescriptorNumber, e.Result) = (process, file, 5, 5);
                Set(e, "name", file.Name.Span);
                Set(e, "flags", random.Next(4) == 0 ? 0x241 : 0);
                Set(e, "dirfd", -100);
                Set(e, "mode", 420);
                break;
            case <= 10:
                e.Begin(EventTypes.Get(random.Next(2) == 0 ? "read" : "write"));
                (e.Process, e.Descriptor, e.DescriptorNumber, e.Result) = (process, file, 5, random.Next(4096));
                Set(e, "res", e.Result.Value);
                Set(e, "fd", 5);
                Set(e, "size", 4096);
                break;
            case <= 14:
                e.Begin(EventTypes.Get("close"));
                (e.Process, e.Descriptor, e.DescriptorNumber, e.Result) = (process, file, 5, 0);
                Set(e, "fd", 5);
                break;
            case <= 17:
                e.Begin(EventTypes.Get("connect"));
                (e.Process, e.DescriptorNumber, e.Result) = (process, 7, 0);
                var octet = random.Next(50);
                e.Descriptor = new DescriptorFacts
                {
                    Kind = DescriptorKind.Ipv4, Name = $"10.88.0.2:40000->10.88.1.{octet}:5432", Protocol = "tcp", IsClientLocal = true, IsConnected = true,
                    Client = NetworkAddress.FromBytes([10, 88, 0, 2]), Server = NetworkAddress.FromBytes([10, 88, 1, (byte)octet]), ClientPort = 40000, ServerPort = 5432,
                };
                Set(e, "fd", 7);
                break;
            default:
                e.Begin(EventTypes.Get("clone"));
                (e.Process, e.Result) = (random.Next(2) == 0 ? process : init, random.Next(1, 30_000));
                Set(e, "flags", 0x11);
                break;
        }
    }

    private static ProcessFacts Process(string name, ProcessFacts? parent, ContainerFacts? container, UserFacts user, int pid) => new()
    {
        Pid = pid, VirtualPid = pid, Name = name, Executable = name, ExecutablePath = "/usr/bin/" + name, Arguments = ["--config", "/etc/app.conf"], Parent = parent, Container = container,
        Environment = ["PATH=/usr/bin:/bin", "HOME=/home/app"], WorkingDirectory = "/srv/app/", User = user, StartTime = Start, EffectiveCapabilities = 0, PermittedCapabilities = 0, InheritableCapabilities = 0, GroupId = pid, SessionId = pid, Cgroups = "cpu=/skerry/x memory=/skerry/x",
    };

    private static void Set(KernelEvent e, string name, long value) => e.SetArgument(Place(e, name), value);

    private static void Set(KernelEvent e, string name, ReadOnlySpan<byte> value) => e.SetArgument(Place(e, name), value);

    private static int Place(KernelEvent e, string name) => e.Type.Arguments.Index().First(a => a.Item == name).Index;
}
