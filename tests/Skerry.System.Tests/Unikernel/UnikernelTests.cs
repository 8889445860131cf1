using System.Globalization;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Unikernel;

/// <summary>The unikernel tier by the real command line: a real kernel under a real QEMU in its jail.</summary>
public sealed class UnikernelTests(UnikernelFixture fixture) : IClassFixture<UnikernelFixture>
{
    private readonly UnikernelFixture _fixture = fixture;

    private TestNode Node => _fixture.Node;

    [Fact]
    [Trait("Promise", "P-55")]
    public async Task A_kernel_runs_to_its_end_and_its_console_is_the_output()
    {
        Need();
        Assert.Contains("hello from a kernel\r\n", (await Run("say", "hello", "from", "a", "kernel")).Ok, StringComparison.Ordinal);
        _ = (await Node.Cli("run", "-d", "--name", "u1", "--tier", "unikernel", _fixture.Image, "say", "kept")).Ok;
        Assert.Equal(0, (await Node.UntilState("u1", ContainerState.Exited, seconds: 90)).ExitCode);
        Assert.Contains("kept", (await Node.Cli("logs", "u1")).Ok, StringComparison.Ordinal);
        Assert.Contains("QEMU emulator version", (await Node.Cli("inspect", "u1")).Ok, StringComparison.Ordinal);
        _ = (await Node.Cli("rm", "u1")).Ok;
    }

    [Fact]
    [Trait("Promise", "P-55")]
    public async Task The_exit_code_is_the_guests_and_a_panic_is_told_from_an_end()
    {
        Need();
        Assert.Equal(42, (await Run("exit", "42")).Code);
        _ = (await Node.Cli("run", "-d", "--name", "u2", "--tier", "unikernel", _fixture.Image, "panic")).Ok;
        var ended = await Node.UntilState("u2", ContainerState.Exited, seconds: 90);
        Assert.True(ended.ExitCode == 134, $"{ended}: {(await Node.Cli("logs", "u2")).Out}");
        Assert.Contains("Kernel panic - not syncing: Attempted to kill init", ended.Reason, StringComparison.Ordinal);
        _ = (await Node.Cli("rm", "u2")).Ok;
    }

    /// <summary>70 MiB are more than its kernel says that it takes, and less than it does take: it is reset before it has a console, or gives up when it has.</summary>
    [Fact]
    [Trait("Promise", "P-55")]
    public async Task A_kernel_that_never_boots_for_want_of_memory_is_no_success()
    {
        Need();
        Assert.Contains("takes 69 MiB", (await Node.Cli("run", "--rm", "--tier", "unikernel", "--memory", "48Mi", _fixture.Image, "say", "hi")).Failed(125), StringComparison.Ordinal);
        _ = (await Node.Cli("run", "-d", "--name", "u5", "--tier", "unikernel", "--memory", "70Mi", _fixture.Image, "say", "hi")).Ok;
        var ended = await Node.UntilState("u5", ContainerState.Exited, seconds: 90);
        Assert.True(ended.ExitCode == 134, ended.ToString());
        Assert.Matches("was reset, and not switched off|the guest's kernel panicked", ended.Reason);
        _ = (await Node.Cli("rm", "u5")).Ok;
        Assert.Contains("hi", (await Node.Cli("run", "--rm", "--tier", "unikernel", "--memory", "80Mi", _fixture.Image, "say", "hi")).Ok, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("process")]
    [InlineData("microvm")]
    public async Task Another_tier_refuses_a_kernel(string tier)
    {
        Need();
        Assert.Contains("is a kernel", (await Node.Cli("run", "--rm", "--tier", tier, _fixture.Image)).Failed(125), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Memory_processors_and_variables_are_the_guests()
    {
        Need();
        var said = (await Node.Cli("run", "--rm", "--tier", "unikernel", "--memory", "160Mi", "--cpus", "2", "-e", "GREETING=hi", _fixture.Image, "machine")).Ok;
        var memory = int.Parse(said.Split("memory ")[1].Split(' ')[0], CultureInfo.InvariantCulture);
        Assert.InRange(memory, 100, 160);
        Assert.Contains($"processors {Math.Min(2, Environment.ProcessorCount)}\r\n", said, StringComparison.Ordinal);
        Assert.Contains("variable hi\r\n", said, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-55")]
    public async Task A_guest_answers_at_its_address_and_at_a_published_port_and_lives_through_a_kill_of_the_daemon()
    {
        Need();
        var port = Loopback.FreePort();
        _ = (await Node.Cli("run", "-d", "--name", "u3", "--tier", "unikernel", "-p", $"127.0.0.1:{port}:80", _fixture.Image)).Ok;
        Assert.Contains("\"uptime\":", await Get($"127.0.0.1:{port}"), StringComparison.Ordinal);
        var before = await Node.Inspect("u3");
        var pod = (await Node.Pods.InspectAsync(new InspectPodRequest { Container = "u3" })).Pod;
        foreach (var address in pod.Addresses.Select(static a => a.Address.Split('/')[0]))
        {
            Assert.Contains("\"answered\":", await Get(address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address), StringComparison.Ordinal);
        }

        // The jail: its process is QEMU as nobody of the node, without a capability, behind a filter.
        var status = await File.ReadAllTextAsync($"/proc/{before.Pid}/status", TestContext.Current.CancellationToken);
        Assert.Contains("qemu-system", await File.ReadAllTextAsync($"/proc/{before.Pid}/cmdline", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("CapEff:\t0000000000000000", status, StringComparison.Ordinal);
        Assert.Contains("Seccomp:\t2", status, StringComparison.Ordinal);
        Assert.DoesNotContain("Uid:\t0\t", status, StringComparison.Ordinal);

        Node.Kill9();
        await Node.StartAgain();
        var after = await Node.Inspect("u3");
        Assert.Equal((ContainerState.Running, before.Pid), (after.State, after.Pid));
        Assert.Contains("\"uptime\":", await Get($"127.0.0.1:{port}"), StringComparison.Ordinal);
        _ = (await Node.Cli("stop", "u3")).Ok;
        Assert.Equal(ContainerState.Exited, (await Node.Inspect("u3")).State);

        // Started again it has its network again.
        _ = (await Node.Cli("start", "u3")).Ok;
        Assert.Contains("\"uptime\":", await Get($"127.0.0.1:{port}"), StringComparison.Ordinal);
        _ = (await Node.Cli("rm", "-f", "u3")).Ok;
    }

    [Theory]
    [InlineData("-v", "/tmp:/x", "mounts")]
    [InlineData("--userns", "host", "host_users")]
    [InlineData("--network", "host", "network")]
    [InlineData("-u", "app", "user")]
    [InlineData("--device", "/dev/null", "devices")]
    [InlineData("--memory", "4Mi", "memory")]
    public async Task What_a_kernel_without_an_agent_cannot_have_is_refused_before_anything_is_made(string option, string value, string field)
    {
        Need();
        Assert.Contains(field, (await Node.Cli("run", "--rm", "--tier", "unikernel", option, value, _fixture.Image)).Failed(125), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exec_and_an_image_that_is_no_kernel_are_refused_with_the_reason()
    {
        Need();
        _ = (await Node.Cli("run", "-d", "--name", "u4", "--tier", "unikernel", _fixture.Image)).Ok;
        Assert.Contains("no second one", (await Node.Cli("exec", "u4", "ls")).Error, StringComparison.Ordinal);
        _ = (await Node.Cli("rm", "-f", "u4")).Ok;
        var ordinary = await Node.PullSmall();
        Assert.Contains("com.urunc.unikernel", (await Node.Cli("run", "--rm", "--tier", "unikernel", ordinary)).Failed(125), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-55")]
    public async Task Without_qemu_the_tier_is_refused_with_what_to_install()
    {
        await using var node = await TestNode.StartAsync("[runtime]\nqemu = \"/nowhere/qemu\"\n");
        var image = await node.PullSmall();
        Assert.Contains("qemu-system-x86", (await node.Cli("run", "--rm", "--tier", "unikernel", image)).Failed(125), StringComparison.Ordinal);
    }

    private async Task<string> Get(string where)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var (answer, why) = (string.Empty, string.Empty);
        await Running.Until(
            async () =>
            {
                try
                {
                    answer = await client.GetStringAsync($"http://{where}/");
                    return true;
                }
                catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
                {
                    why = error.Message;
                    return false;
                }
            },
            () => $"nobody answers at {where}: {why}; the console: {File.ReadAllText(Directory.EnumerateFiles(Path.Combine(Node.Root, "containers"), "log", SearchOption.AllDirectories).First())}",
            seconds: 90);
        return answer;
    }

    private void Need() => Assert.SkipWhen(_fixture.Missing is not null, _fixture.Missing ?? string.Empty);

    private Task<Said> Run(params string[] command) => Node.Cli(["run", "--rm", "--tier", "unikernel", _fixture.Image, .. command]);
}
