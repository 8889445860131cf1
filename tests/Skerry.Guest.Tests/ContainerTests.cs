using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Skerry.Contracts.Guest.V1;
using Skerry.Guest.Tests.Machines;

namespace Skerry.Guest.Tests;

/// <summary>Containers in a real machine, one machine for all: the published kernel, initrd and guest under QEMU.</summary>
public sealed class ContainerTests(SharedMachine shared) : IClassFixture<SharedMachine>
{
    private const int SIGKILL = 9;
    private const int SIGTERM = 15;

    [Fact]
    public async Task A_container_prints_a_line_and_ends_well()
    {
        var machine = await shared.Machine();
        await using var process = await machine.Run(Documents.Run("/bin/echo", "hello"));

        Assert.Equal(0, (await process.ToEnd()).Code);
        Assert.Equal("hello\n", process.Output);
        Assert.True(process.HasStarted);
        TestContext.Current.TestOutputHelper?.WriteLine($"boot to Hello {machine.Boot.TotalMilliseconds:f0} ms, guest ready at {machine.Hello.BootNanoseconds / 1e6:f0} ms of its own, PSS {machine.Hello.MemoryBytes / 1024} KiB");
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("kill -9 $$; sleep 1; kill -15 1; exit 3", 3)]
    [InlineData("sh -c 'kill -9 $$; true'; exit $?", 137)]
    public async Task The_exit_code_comes_back(string script, int code)
    {
        await using var process = await (await shared.Machine()).Run(Documents.Shell(script));
        Assert.Equal(code, (await process.ToEnd()).Code);
    }

    [Theory]
    [InlineData("/bin/nothing", 127)]
    [InlineData("nothing", 127)]
    [InlineData("/etc/noexec", 126)]
    [InlineData("/etc", 126)]
    public async Task What_cannot_be_started_says_why(string program, int code)
    {
        await using var process = await (await shared.Machine()).Run(Documents.Run(program));
        var exit = await process.ToEnd();
        Assert.Equal(code, exit.Code);
        Assert.NotEmpty(exit.Reason);
        Assert.False(process.HasStarted);
        Assert.Empty(process.Error);
    }

    [Fact]
    public async Task Standard_error_is_told_from_output()
    {
        await using var process = await (await shared.Machine()).Run(Documents.Shell("echo out; echo err >&2"));
        await process.ToEnd();
        Assert.Equal(("out\n", "err\n"), (process.Output, process.Error));
    }

    [Fact]
    public async Task Input_is_carried_to_its_end()
    {
        var bytes = new byte[700_000];
        new Random(1).NextBytes(bytes);
        await using var process = await (await shared.Machine()).Run(Documents.Shell("sha256sum").WithInput());
        await process.Write(bytes);
        await process.ToEnd();
        Assert.StartsWith(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_input_there_is_the_null_device()
    {
        await using var process = await (await shared.Machine()).Run(Documents.Shell("cat; readlink /proc/self/fd/0"));
        Assert.Equal(0, (await process.ToEnd()).Code);
        Assert.Equal("/dev/null\n", process.Output);
    }

    [Fact]
    public async Task A_terminal_has_its_size_and_follows_changes()
    {
        await using var process = await (await shared.Machine()).Run(Documents.Shell("stty size; trap 'stty size; exit 5' WINCH; echo ready; while :; do read x; done").WithTerminal(97, 31));
        await process.Until(static p => p.Output.Contains("ready", StringComparison.Ordinal));
        Assert.Contains("31 97", process.Output, StringComparison.Ordinal);

        await process.Send(new StreamInput { Resize = new GuestTerminalSize { Columns = 120, Rows = 40 } });
        await process.Write("x\n"u8.ToArray(), close: false);
        Assert.Equal(5, (await process.ToEnd()).Code);
        Assert.Contains("40 120", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_typed_arrives_in_order()
    {
        await using var process = await (await shared.Machine()).Run(Documents.Shell("read a; read b; echo \"<$b$a>\"").WithTerminal(80, 24));
        await process.Write("one\n"u8.ToArray(), close: false);
        await process.Write("two\n"u8.ToArray(), close: false);
        await process.ToEnd();
        Assert.Contains("<twoone>", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exec_runs_in_the_container_with_its_own_user_and_exit_code()
    {
        var machine = await shared.Machine();
        var start = Documents.Shell("echo $$ >/tmp/first; echo ready; sleep 1000");
        await using var container = await machine.Run(start);
        await container.Until(static p => p.Output.Contains("ready", StringComparison.Ordinal));

        await using var exec = await machine.Exec(Documents.Exec(start.Container, "/bin/sh", "-c", "cat /tmp/first; id; exit 9"));
        Assert.Equal(9, (await exec.ToEnd()).Code);
        Assert.StartsWith("1\nuid=0", exec.Output, StringComparison.Ordinal);

        var named = Documents.Exec(start.Container, "/bin/id");
        named.User = "ann";
        await using var ann = await machine.Exec(named);
        Assert.Equal(0, (await ann.ToEnd()).Code);
        Assert.Equal("uid=1000(ann) gid=1001(ann) groups=50(staff)\n", ann.Output);

        named.User = "nobody-here";
        await using var none = await machine.Exec(named);
        Assert.Contains("nobody-here", (await Assert.ThrowsAsync<Skerry.Contracts.Ttrpc.TtrpcStatusException>(none.ToEnd)).Message, StringComparison.Ordinal);

        await using var missing = await machine.Exec(Documents.Exec(start.Container, "/bin/nothing"));
        Assert.Equal(127, (await missing.ToEnd()).Code);

        await using var terminal = await machine.Exec(Documents.Exec(start.Container, "/bin/sh", "-c", "stty size; tty").WithTerminal(50, 20));
        Assert.Equal(0, (await terminal.ToEnd()).Code);
        Assert.Contains("20 50", terminal.Output, StringComparison.Ordinal);
        await Kill(container);
    }

    [Fact]
    public async Task Signals_reach_the_process_by_its_stream_and_by_a_call()
    {
        var machine = await shared.Machine();
        foreach (var byCall in new[] { false, true })
        {
            var start = Documents.Shell("trap 'exit 143' TERM; echo ready; while :; do sleep 0.1; done");
            await using var process = await machine.Run(start);
            await process.Until(static p => p.Output.Contains("ready", StringComparison.Ordinal));
            if (byCall)
            {
                await machine.Call("Signal", new SignalRequest { Container = start.Container, Signal = SIGTERM }, SignalResponse.Parser);
            }
            else
            {
                await process.Send(new StreamInput { Signal = SIGTERM });
            }

            Assert.Equal(143, (await process.ToEnd()).Code);
        }
    }

    [Fact]
    public async Task More_memory_than_the_limit_ends_in_137_and_is_told()
    {
        var start = Documents.Run("/bin/tail", "/dev/zero").Edit(static json => json["linux"]!["resources"]!["memory"] = new JsonObject { ["limit"] = 16 << 20, ["swap"] = 16 << 20 });
        await using var process = await (await shared.Machine()).Run(start);
        var exit = await process.ToEnd();
        Assert.Equal((137, true), (exit.Code, exit.OomKilled));
    }

    [Fact]
    public async Task Two_containers_run_side_by_side_with_their_own_files_and_processes()
    {
        var machine = await shared.Machine();
        await using var one = await machine.Run(Documents.Shell("echo one >/data/f; read x; cat /data/f; ls /proc | grep -c '^[0-9]'").WithInput());
        await using var two = await machine.Run(Documents.Shell("echo two >/data/f; read x; cat /data/f; hostname").WithInput());
        await one.Until(static p => p.HasStarted);
        await two.Until(static p => p.HasStarted);
        await two.Write("\n"u8.ToArray());
        await one.Write("\n"u8.ToArray());
        await Task.WhenAll(one.ToEnd(), two.ToEnd());
        Assert.Equal("two\npod\n", two.Output);
        Assert.Equal("one\n3\n", one.Output);
    }

    [Fact]
    public async Task A_frozen_container_stands_still_and_goes_on()
    {
        var machine = await shared.Machine();
        var start = Documents.Shell("n=0; while :; do n=$((n+1)); echo $n; usleep 20000; done");
        await using var process = await machine.Run(start);
        await process.Until(static p => p.OutputBytes > 10);
        await machine.Call("Freeze", new FreezeRequest { Container = start.Container, Frozen = true }, FreezeResponse.Parser);

        var before = await Stats(machine, start.Container);
        var after = await Stats(machine, start.Container);
        Assert.Equal(before.CpuNanoseconds, after.CpuNanoseconds);

        await machine.Call("Freeze", new FreezeRequest { Container = start.Container, Frozen = false }, FreezeResponse.Parser);
        var seen = process.OutputBytes;
        await process.Until(p => p.OutputBytes > seen + 50);
        await Kill(process);
    }

    [Fact]
    public async Task Stats_count_and_limits_are_changed_while_it_runs()
    {
        var machine = await shared.Machine();
        var start = Documents.Shell("n=0; while [ $n -lt 3000 ]; do n=$((n+1)); done; echo ready; sleep 1000; true");
        await using var process = await machine.Run(start);
        await process.Until(static p => p.Output.Contains("ready", StringComparison.Ordinal));
        var stats = await Stats(machine, start.Container);
        for (var waited = Stopwatch.StartNew(); stats.Pids != 2 && waited.Elapsed < TimeSpan.FromSeconds(30); stats = await Stats(machine, start.Container))
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.True(stats.CpuNanoseconds > 1_000_000, stats.ToString());
        Assert.InRange(stats.MemoryBytes, 1u, 64u << 20);
        Assert.Equal((2u, 128u, 0u), (stats.Pids, stats.PidsLimit, stats.MemoryLimitBytes));

        var resources = new JsonObject { ["memory"] = new JsonObject { ["limit"] = 32 << 20 }, ["pids"] = new JsonObject { ["limit"] = 9 }, ["cpu"] = new JsonObject { ["quota"] = 50_000, ["period"] = 100_000, ["shares"] = 512 } };
        await machine.Call("Update", new UpdateRequest { Container = start.Container, Resources = Documents.Bytes(resources) }, UpdateResponse.Parser);
        stats = await Stats(machine, start.Container);
        Assert.Equal((9u, 32u << 20), (stats.PidsLimit, stats.MemoryLimitBytes));
        await Kill(process);
    }

    [Fact]
    public async Task A_flood_of_output_waits_for_its_reader_and_arrives_whole()
    {
        var machine = await shared.Machine();
        await using var process = await machine.Run(Documents.Shell("head -c 3000000 /dev/zero | tr '\\0' x"));

        // Nobody reads the flood meanwhile; others are not held up.
        await using (var other = await machine.Run(Documents.Run("/bin/echo", "beside")))
        {
            await other.ToEnd();
            Assert.Equal("beside\n", other.Output);
        }

        Assert.Equal(0, (await process.ToEnd()).Code);
        Assert.Equal(3_000_000, process.OutputBytes);
    }

    [Fact]
    public async Task A_stream_that_breaks_off_kills_its_container()
    {
        var machine = await shared.Machine();
        var start = Documents.Shell("echo ready; sleep 1000");
        await using (var process = await machine.Run(start))
        {
            await process.Until(static p => p.Output.Contains("ready", StringComparison.Ordinal));
        }

        await Gone(machine, start.Container);
    }

    [Fact]
    public async Task Files_are_laid_over_the_root_and_the_rest_can_be_written()
    {
        var start = Documents.Shell("cat /etc/hosts; echo x >>/etc/hosts; echo $?; stat -c %a /etc/resolv.conf; echo y >/etc/new && cat /etc/new");
        start.Root.Files.Add(new GuestFile { Path = "/etc/hosts", Content = ByteString.CopyFromUtf8("127.0.0.1 me\n"), Mode = 0x1A4, ReadOnly = true });
        start.Root.Files.Add(new GuestFile { Path = "/etc/resolv.conf", Content = ByteString.CopyFromUtf8("nameserver 1.1.1.1\n"), Mode = 0x180 });
        await using var process = await (await shared.Machine()).Run(start);
        await process.ToEnd();
        Assert.Equal("127.0.0.1 me\n1\n600\ny\n", process.Output);
    }

    [Fact]
    public async Task The_writable_layer_has_its_limit()
    {
        var start = Documents.Shell("head -c 5000000 /dev/zero >/data/big; wc -c </data/big");
        start.Root.WritableBytes = 1 << 20;
        await using var process = await (await shared.Machine()).Run(start);
        await process.ToEnd();
        Assert.InRange(int.Parse(process.Output, System.Globalization.CultureInfo.InvariantCulture), 500_000, 1 << 20);
    }

    [Fact]
    public async Task What_restricts_a_container_holds_in_the_machine()
    {
        await using var process = await (await shared.Machine()).Run(Documents.Shell("grep -E 'NoNewPrivs|CapBnd' /proc/self/status; cat /proc/self/cgroup; ulimit -n; mknod /data/d b 254 0 2>/dev/null || echo no device; echo 1 >/proc/sys/kernel/panic || echo no sysctl"));
        await process.ToEnd();
        Assert.Equal("CapBnd:\t00000000000000eb\nNoNewPrivs:\t1\n0::/\n1024\nno device\nno sysctl\n", process.Output);
    }

    [Fact]
    public async Task What_a_container_leaves_is_taken_back()
    {
        var machine = await shared.Machine();
        var start = Documents.Shell("(sleep 1000 &) ; exit 0");
        await using var process = await machine.Run(start);
        Assert.Equal(0, (await process.ToEnd()).Code);

        // The same name can be given again at once.
        await using var again = await machine.Run(start);
        Assert.Equal(0, (await again.ToEnd()).Code);
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused_and_the_machine_goes_on()
    {
        var machine = await shared.Machine();
        await Refused(Documents.Run("/bin/true").Edit(static j => j["mounts"]!.AsArray().Add(new JsonObject { ["destination"] = "/x", ["type"] = "bind", ["source"] = "/etc" })), "/etc of the host");
        await Refused(Documents.Run("/bin/true").Edit(static j => j["hooks"] = new JsonObject()), "hooks");
        var layers = Documents.Run("/bin/true");
        layers.Root.Layers.Add("other");
        await Refused(layers, "base");
        var climbing = Documents.Run("/bin/true");
        climbing.Root.Files.Add(new GuestFile { Path = "/../etc/x" });
        await Refused(climbing, "..");
        var text = Documents.Run("/bin/true");
        text.Document = ByteString.CopyFrom(Encoding.UTF8.GetBytes("{"));
        await Refused(text, "config.json");

        await using var process = await machine.Run(Documents.Run("/bin/true"));
        Assert.Equal(0, (await process.ToEnd()).Code);

        async Task Refused(StreamStart start, string why)
        {
            await using var refused = await machine.Run(start);
            var exit = await refused.ToEnd();
            Assert.Equal(125, exit.Code);
            Assert.Contains(why, exit.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Name_clock_and_entropy_are_the_hosts()
    {
        var machine = await shared.Machine();
        var time = new DateTimeOffset(2031, 5, 4, 3, 2, 1, TimeSpan.Zero);
        await machine.Call(
            "Configure",
            new ConfigureRequest { Hostname = "vm", UnixNanoseconds = time.ToUnixTimeMilliseconds() * 1_000_000, Entropy = ByteString.CopyFrom(new byte[64]), MachineId = ByteString.CopyFrom(new byte[16]) },
            ConfigureResponse.Parser);
        await using var process = await machine.Run(Documents.Shell("hostname; date -u +%Y-%m-%d").Edit(static j => j.AsObject().Remove("hostname")));
        await process.ToEnd();
        Assert.Equal("vm\n2031-05-04\n", process.Output);
    }

    private static Task<StatsResponse> Stats(GuestMachine machine, string container) =>
        machine.Call("Stats", new StatsRequest { Container = container }, StatsResponse.Parser);

    private static async Task Kill(GuestProcess process)
    {
        await process.Send(new StreamInput { Signal = SIGKILL });
        Assert.Equal(137, (await process.ToEnd()).Code);
    }

    /// <summary>Asks until the guest knows the container no more.</summary>
    private static async Task Gone(GuestMachine machine, string container)
    {
        while (true)
        {
            try
            {
                await Stats(machine, container);
            }
            catch (Skerry.Contracts.Ttrpc.TtrpcStatusException error) when (error.Code == Skerry.Contracts.Ttrpc.TtrpcStatusCode.NotFound)
            {
                return;
            }
            catch (Skerry.Contracts.Ttrpc.TtrpcStatusException error) when (error.Code == Skerry.Contracts.Ttrpc.TtrpcStatusCode.FailedPrecondition)
            {
                // It has ended and is being taken apart.
            }
        }
    }
}
