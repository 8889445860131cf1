using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Skerry.Cli.Tests.Peer;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Tests.Commands;

/// <summary>What listings print, through the whole program; the machine formats are promises.</summary>
public sealed class ListingTests
{
    private static readonly Timestamp Then = new() { Seconds = 1_750_000_000, Nanos = 120_000_000 };

    private static readonly Script Everything = new()
    {
        List = _ => new ListPodsResponse { Pods = { Pod() } },
        Inspect = request => request.Container == "web"
            ? new InspectPodResponse { Pod = Pod(), ContainerId = new string('c', 64), OciSpecJson = "{\"ociVersion\":\"1.0.2\",\"n\":1.50,\"list\":[true,null]}" }
            : throw Script.Failure(StatusCode.NotFound, $"no such container: {request.Container}", "skerry ps -a"),
        Stats = (_, answers) => answers.WriteAsync(new StatsResponse { Containers = { Stats() } }),
        Events = (_, answers) => answers.WriteAsync(new Event
        {
            Sequence = 7, Time = Then, Type = "container.exit", PodId = "p", PodName = "web", ContainerId = "c", ContainerName = "web", Image = "img", Attributes = { ["code"] = "1" },
        }),
        Logs = async (_, answers) =>
        {
            await answers.WriteAsync(new LogEntry { Time = Then, Data = ByteString.CopyFromUtf8("one\n") });
            await answers.WriteAsync(new LogEntry { Time = Then, Stream = LogEntry.Types.Stream.Stderr, Data = ByteString.CopyFromUtf8("two\n") });
            await answers.WriteAsync(new LogEntry { Time = Then, Data = ByteString.CopyFromUtf8("spl") });
            await answers.WriteAsync(new LogEntry { Time = Then, Data = ByteString.CopyFromUtf8("it\n") });
        },
        ListImages = _ => new ListImagesResponse { Images = { Image() } },
        InspectImage = _ => new InspectImageResponse { Image = Image(), ConfigJson = "{\"os\":\"linux\"}", ManifestJson = "not json" },
        Describe = _ => new DescribeNodeResponse
        {
            Version = "0.1.0", Hostname = "edge", Kernel = "6.18", Architecture = "x86_64", Cores = 2, MemoryBytes = 2L << 30, Os = "Debian 12", Cgroup = "hybrid",
            Root = "/var/lib/skerry", Run = "/run/skerry", StartedAt = Then, BootId = "b", StoreBytes = 1_234_567, StoreFreeBytes = 9_876_543_210, Pods = 1, Containers = 2, Images = 3,
            Capabilities =
            {
                new Capability { Group = "tier", Name = "process", Available = true, Detail = "crun 1.8.1" },
                new Capability { Group = "tier", Name = "sandbox", Available = true, Pace = "slow", Detail = "slowly: gVisor by ptrace" },
                new Capability { Group = "tier", Name = "microvm", Reason = "KVM answers too slowly" },
            },
            Device = new DeviceProfile
            {
                CoreMillis = 2000, SwapBytes = 1 << 20, Storage = "mmc", KvmInstructionsPerSecond = 1_500_000, AutoTier = "process", AutoReason = "the strongest that works at speed", Lattice = "built in",
            },
        },
        Lattice = _ => new LatticeResponse { Source = "built in", Toml = "auto_minimum = \"process\"\n" },
        Plan = request => request.Pod.MinimumTier == "microvm"
            ? new PlanResponse { Reason = "no tier that is at least microvm can be had", Remedy = "enable virtualisation", Considered = { new TierSetAside { Tier = "microvm", Why = "does not work here: no KVM", Remedy = "enable virtualisation" } } }
            : new PlanResponse { Tier = "sandbox", Reason = "asked for", Tee = "", DeviceClass = "no KVM", ImagesKnown = true, Considered = { new TierSetAside { Tier = "microvm", Why = "does not work here: no KVM" } } },
        Diagnose = _ => new DiagnoseNodeResponse
        {
            Findings =
            {
                new Finding { Check = "time", What = "the clock is right" },
                new Finding { Check = "disk", What = "98 % used", Mend = "skerry image prune", Severity = Finding.Types.Severity.Error },
            },
        },
    };

    [Theory]
    [InlineData("ps.json", "ps -o json", 0)]
    [InlineData("ps.yaml", "ps -o yaml", 0)]
    [InlineData("ps-name.txt", "ps -o name", 0)]
    [InlineData("inspect.json", "inspect --oci-spec web", 0)]
    [InlineData("inspect.yaml", "inspect web -o yaml", 0)]
    [InlineData("stats.json", "stats --no-stream -o json", 0)]
    [InlineData("stats.txt", "stats --no-stream", 0)]
    [InlineData("events.jsonl", "events --follow=false -o json", 0)]
    [InlineData("events.txt", "events --follow=false", 0)]
    [InlineData("images.json", "image ls -o json", 0)]
    [InlineData("image-inspect.json", "image inspect img", 0)]
    [InlineData("node.json", "node -o json", 0)]
    [InlineData("node-lattice.txt", "node --lattice", 0)]
    [InlineData("plan.txt", "run --dry-run --min-tier sandbox img", 0)]
    [InlineData("plan.json", "run --dry-run -o json img", 0)]
    [InlineData("plan-refused.txt", "run --dry-run --min-tier microvm img", 125)]
    [InlineData("doctor.json", "doctor -o json", 1)]
    [InlineData("doctor.txt", "doctor", 1)]
    public async Task The_output_is_as_it_was(string name, string line, int code)
    {
        await using var node = await ScriptedNode.Start(Everything);
        var said = await CliProcess.Run(node.Socket, line.Split(' '));
        Assert.Equal((code, ""), (said.Code, said.Error));
        Snapshot.Check(name, said.Out);
    }

    [Fact]
    public async Task A_table_shows_what_people_look_for_and_no_escape_sequences()
    {
        await using var node = await ScriptedNode.Start(Everything);
        var said = await CliProcess.Run(node.Socket, ["ps"]);
        var lines = said.Out.Split('\n');
        Assert.Matches("^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +TIER +PORTS +NAMES$", lines[0]);
        Assert.Matches(@"^cccccccccccc +nginx:1\.27 +""nginx \\x1b\[2Jevil"" +\d+ \w+ ago +Up \d+ \w+ +process +127\.0\.0\.1:8080->80/tcp +web$", lines[1]);
    }

    [Fact]
    public async Task Logs_keep_the_streams_apart_and_time_each_line_once()
    {
        await using var node = await ScriptedNode.Start(Everything);
        var said = await CliProcess.Run(node.Socket, ["logs", "-t", "web"]);
        const string time = "2025-06-15T15:06:40.12Z ";
        Assert.Equal((0, $"{time}one\n{time}split\n", $"{time}two\n"), (said.Code, said.Out, said.Error));
    }

    [Fact]
    public async Task One_that_is_not_there_does_not_keep_the_others_back()
    {
        await using var node = await ScriptedNode.Start(Everything);
        var said = await CliProcess.Run(node.Socket, ["inspect", "none", "web", "-o", "name"]);
        Assert.Equal((1, "web\n", "skerry: no such container: none\n  next: skerry ps -a\n"), (said.Code, said.Out, said.Error));
    }

    [Theory]
    [InlineData(new[] { "stop", "" }, "web\n")]
    [InlineData(new[] { "image", "inspect", "deb" }, "debian:12\n")]
    [InlineData(new[] { "ps", "--output", "j" }, "json\n")]
    [InlineData(new[] { "ps", "--output=j" }, "--output=json\n")]
    [InlineData(new[] { "run", "--cap" }, "--cap-add\n--cap-drop\n")]
    [InlineData(new[] { "image", "p" }, "prune\npull\n")]
    [InlineData(new[] { "run", "img", "x" }, ":files\n")]
    [InlineData(new[] { "st" }, "start\nstats\nstop\n")]
    [InlineData(new[] { "guard", "r" }, "record\nrelease\nreload\nreplay\nrules\n")]
    [InlineData(new[] { "guard", "rules", "l" }, "ls\n:files\n")]
    [InlineData(new[] { "guard", "rules", "ls", "no-s" }, "no-shell\n:files\n")]
    [InlineData(new[] { "guard", "replay", "--rules", "eg" }, "egress\n:files\n")]
    [InlineData(new[] { "guard", "replay", "--container", "w" }, "web\n")]
    public async Task Completion_knows_flags_values_containers_and_images(string[] typed, string expected)
    {
        var script = new Script
        {
            List = _ => new ListPodsResponse { Pods = { Pod(), new Pod { Name = "x", Containers = { new Container { Name = "$(reboot)", PodName = "$(reboot)" } } } } },
            ListImages = _ => new ListImagesResponse { Images = { new Image { References = { "debian:12", "alpine:3" } } } },
        };
        await using var node = await ScriptedNode.Start(script);
        var said = await CliProcess.Run(node.Socket, ["__complete", .. typed]);
        Assert.Equal((0, expected, ""), (said.Code, said.Out, said.Error));
    }

    [Fact]
    public async Task A_node_that_is_not_there_is_named_with_what_to_do()
    {
        var directory = Directory.CreateTempSubdirectory("skerry-cli-");
        try
        {
            var missing = Path.Combine(directory.FullName, "none.sock");
            var said = await CliProcess.Run(missing, ["ps"]);
            Assert.Equal(1, said.Code);
            Assert.StartsWith($"skerry: cannot reach the node at {missing}: there is no such socket\n  next: start the daemon: systemctl start skerryd", said.Error, StringComparison.Ordinal);

            var dead = Path.Combine(directory.FullName, "dead.sock");
            using (var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, 0))
            {
                socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(dead));
                said = await CliProcess.Run(dead, ["run", "img"]);
            }

            Assert.Equal(125, said.Code);
            Assert.Contains("the socket is there but nothing listens on it", said.Error, StringComparison.Ordinal);
            Assert.Equal((0, ""), ((await CliProcess.Run(missing, ["__complete", "stop", ""])).Code, ""));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static Pod Pod() => new()
    {
        Id = new string('p', 64),
        Name = "web",
        CreatedAt = Then,
        Tier = "process",
        TierReason = "no KVM",
        Runtime = "crun 1.8.1",
        Addresses = { new NetworkAddress { Interface = "eth0", Address = "10.88.0.2/16", Gateway = "10.88.0.1", Mac = "0a:58:0a:58:00:02" } },
        Ports = { new PortMapping { HostIp = "127.0.0.1", HostPort = 8080, ContainerPort = 80, Protocol = "tcp" } },
        Spec = new PodSpec { Name = "web", Restart = RestartPolicy.Always, Labels = { ["b"] = "yes", ["a"] = "1" }, Containers = { new ContainerSpec { Image = "nginx:1.27", Env = { "A=\"q\" # no" } } } },
        Containers =
        {
            new Container
            {
                Id = new string('c', 64), Name = "web", PodId = new string('p', 64), PodName = "web", Image = "docker.io/library/nginx:1.27", ImageDigest = "sha256:" + new string('d', 64),
                Command = { "nginx", "\x1b[2Jevil" }, State = ContainerState.Running, Pid = 42, CreatedAt = Then, StartedAt = Then, Tier = "process", LogPath = "/var/lib/skerry/log",
                Ports = { new PortMapping { HostIp = "127.0.0.1", HostPort = 8080, ContainerPort = 80, Protocol = "tcp" } }, Labels = { ["app"] = "web" },
            },
        },
    };

    private static ContainerStats Stats() => new()
    {
        Id = new string('c', 64), Name = "web", PodName = "web", Time = Then, CpuNanoseconds = 5, CpuPercent = 12.345, MemoryBytes = 100 << 20, MemoryLimitBytes = 256 << 20,
        MemoryPeakBytes = 120 << 20, Pids = 3, PidsLimit = 64, IoReadBytes = 1000, IoWriteBytes = 2_500_000, NetworkRxBytes = 1, NetworkTxBytes = 2,
    };

    private static Image Image() => new()
    {
        Id = "sha256:" + new string('a', 64), ManifestDigest = "sha256:" + new string('b', 64), References = { "docker.io/library/debian:12" }, Platform = "linux/amd64",
        CreatedAt = Then, PulledAt = Then, SizeBytes = 48_500_000, UnpackedBytes = 116_000_000, Layers = { "sha256:" + new string('e', 64) }, Containers = 2,
    };
}
