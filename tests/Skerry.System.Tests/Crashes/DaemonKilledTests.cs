using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Crashes;

/// <summary>kill -9 to the daemon alone: pods run on and the next daemon has all of them.</summary>
public sealed class DaemonKilledTests
{
    [Fact]
    [Trait("Promise", "P-25")]
    public async Task Pods_run_on_when_the_daemon_is_killed_and_are_adopted_with_logs_and_exit_codes()
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "server", image, "sh", "-c", "n=0; while :; do n=$((n+1)); echo line $n; sleep 0.1; done")).Ok;
        _ = (await node.Cli("run", "-d", "--name", "short", image, "sh", "-c", "while [ ! -e /go ]; do sleep 0.05; done; exit 42")).Ok;
        _ = (await node.Cli("run", "-d", "--name", "killed", image, "sleep", "1000")).Ok;
        _ = (await node.Cli("run", "-d", "-i", "--name", "talks", image, "cat")).Ok;
        _ = (await node.Cli("run", "-d", "--restart", "always", "--name", "returns", image, "sleep", "1000")).Ok;
        var before = await node.List();
        var returned = before["returns"].Containers[0].Pid;

        node.Kill9();
        Assert.True(File.Exists($"/proc/{before["server"].Containers[0].Pid}/stat"), "the server ended with the daemon");
        await File.WriteAllTextAsync($"/proc/{before["short"].Containers[0].Pid}/root/go", string.Empty);
        await Running.Shell(string.Create(CultureInfo.InvariantCulture, $"kill -KILL {before["killed"].Containers[0].Pid} {returned}"));
        await Running.Until(() => Leftovers.IsZombie(before["short"].Containers[0].Pid), "the short one did not end");
        await node.StartAgain();

        Assert.Equal(42, (await node.UntilState("short", ContainerState.Exited)).ExitCode);
        Assert.Equal(137, (await node.UntilState("killed", ContainerState.Exited)).ExitCode);
        var again = await node.UntilState("returns", ContainerState.Running, c => c.Pid != returned);
        Assert.Equal(1u, again.Restarts);
        var server = await node.Inspect("server");
        Assert.Equal((ContainerState.Running, before["server"].Containers[0].Pid), (server.State, server.Pid));
        Assert.Contains("line 1\n", (await node.Cli("logs", "server")).Ok, StringComparison.Ordinal);
        var stats = (await node.Cli("stats", "--no-stream", "server")).Ok;
        Assert.Contains("server", stats, StringComparison.Ordinal);

        // All that a client can do, it can do again.
        Assert.Equal("inside\n", (await node.Cli("exec", "server", "echo", "inside")).Ok);
        using (var attached = node.StartCli("attach", "talks"))
        {
            await attached.StandardInput.WriteLineAsync("hello");
            await attached.StandardInput.FlushAsync();
            Assert.Equal("hello", await attached.StandardOutput.ReadLineAsync().WaitAsync(Running.Patience));
            attached.Kill();
            await attached.WaitForExitAsync();
        }

        _ = (await node.Cli("stop", "-t", "1", "server")).Ok;
        Assert.Equal(ContainerState.Exited, (await node.Inspect("server")).State);
        _ = (await node.Cli("rm", "server")).Ok;
    }

    [Fact]
    [Trait("Promise", "P-27")]
    public async Task A_second_daemon_with_another_root_and_the_same_run_directory_does_not_start_and_touches_nothing()
    {
        await using var node = await TestNode.StartAsync();
        _ = (await node.Cli("run", "-d", "--name", "web", await node.PullSmall(), "sleep", "1000")).Ok;
        var before = await node.Inspect("web");
        var second = await Running.ToEnd(Running.Start(Programs.Daemon, ["--root", Path.Combine(node.Home, "second"), "--run", node.Run, "--config", node.Config]));
        Assert.Equal(1, second.Code);
        Assert.Contains($"{node.Run} is in use by another skerryd", second.Out + second.Error, StringComparison.Ordinal);
        Assert.Contains("--run of its own", second.Out + second.Error, StringComparison.Ordinal);
        var after = await node.Inspect("web");
        Assert.Equal((ContainerState.Running, before.Pid), (after.State, after.Pid));
        Assert.Equal("inside\n", (await node.Cli("exec", "web", "echo", "inside")).Ok);
    }

    [Fact]
    [Trait("Promise", "P-25")]
    public async Task A_pod_of_run_rm_that_ended_without_a_daemon_is_gone_with_the_next_one()
    {
        await using var node = await TestNode.StartAsync();
        var image = await node.PullSmall();
        using var client = node.StartCli("run", "--rm", "--name", "once", image, "sleep", "1000");
        var container = await Seen(node, "once");
        node.Kill9();
        await client.WaitForExitAsync().WaitAsync(Running.Patience);
        Assert.NotEqual(0, client.ExitCode);
        await Running.Shell(string.Create(CultureInfo.InvariantCulture, $"kill -KILL {container.Pid}"));
        await Running.Until(() => Leftovers.IsZombie(container.Pid), "it did not end");
        await node.StartAgain();
        await Running.Until(async () => !(await node.List()).ContainsKey("once"), () => "it is still there");
    }

    [Fact]
    [Trait("Promise", "P-27")]
    public async Task What_nobody_owns_is_swept_and_what_others_own_is_left()
    {
        await using var other = await TestNode.StartAsync();
        await using var node = await TestNode.StartAsync();
        var image = await other.PullSmall();
        _ = (await other.Cli("run", "-d", "--name", "theirs", image, "sleep", "1000")).Ok;
        await node.PullSmall();
        _ = (await node.Cli("run", "-d", "--name", "lost", image, "sleep", "1000")).Ok;
        var lost = await node.Inspect("lost");
        node.Kill9();

        // The journal as it was before the pod: all that is there of it has no owner.
        await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={node.Root}/journal.db;Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "DELETE FROM pods; DELETE FROM containers";
            await command.ExecuteNonQueryAsync();
        }

        await node.StartAgain();
        Assert.Empty(await node.List());
        await Running.Until(() => Leftovers.IsZombie(lost.Pid), "the process without an owner still runs");
        await Running.Until(() => !node.CgroupDirectories().Exists(static d => Path.GetFileName(d).Length == 64), "its control group is still there");
        Assert.Equal(ContainerState.Running, (await other.Inspect("theirs")).State);
        Assert.Equal("ok\n", (await other.Cli("exec", "theirs", "echo", "ok")).Ok);
    }

    [Fact]
    [Trait("Promise", "P-26")]
    public async Task After_a_reboot_what_should_run_runs_again_without_a_registry()
    {
        await using var node = await TestNode.StartAsync(ownBootId: true);
        var image = await node.PullSmall();
        foreach (var restart in (string[])["always", "on-failure", "never"])
        {
            _ = (await node.Cli("run", "-d", "--name", restart, "--restart", restart, image, "sh", "-c", "echo started; sleep 1000")).Ok;
        }

        _ = (await node.Cli("run", "-d", "--name", "stopped", "--restart", "always", image, "sleep", "1000")).Ok;
        _ = (await node.Cli("stop", "-t", "0", "stopped")).Ok;
        _ = (await node.Cli("run", "-d", "--rm", "--name", "thrown-away", image, "sleep", "1000")).Ok;
        await node.Reboot();

        // No registry: the only one that the image could come from is not allowed any more.
        await File.WriteAllTextAsync(node.Config, string.Empty);
        await node.StartAgain();
        await node.UntilState("always", ContainerState.Running);
        await node.UntilState("on-failure", ContainerState.Running);
        var never = await node.UntilState("never", ContainerState.Exited);
        Assert.Contains("restart of the machine", never.Reason, StringComparison.Ordinal);
        Assert.Equal(ContainerState.Exited, (await node.Inspect("stopped")).State);
        await Running.Until(async () => !(await node.List()).ContainsKey("thrown-away"), () => "the pod of run --rm is still there");
        Assert.Equal("ok\n", (await node.Cli("exec", "always", "echo", "ok")).Ok);
        _ = (await node.Cli("start", "never")).Ok;
        Assert.Equal(ContainerState.Running, (await node.Inspect("never")).State);
    }

    [Fact]
    [Trait("Promise", "P-26")]
    public async Task After_a_reboot_a_pod_whose_network_is_not_to_be_had_yet_runs_when_it_is()
    {
        await using var node = await TestNode.StartAsync(ownBootId: true);
        var image = await node.PullSmall();
        int port;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        _ = (await node.Cli("run", "-d", "--name", "web", "--restart", "always", "--network", "bridge", "-p", $"127.0.0.1:{port}:80", image, "sleep", "1000")).Ok;
        await node.Reboot();
        using (var other = new TcpListener(IPAddress.Loopback, port))
        {
            other.Start();
            await node.StartAgain();
            await Running.Until(async () => (await node.Inspect("web")) is { State: ContainerState.Waiting, Restarts: > 1 }, () => "it is not tried again: " + node.Inspect("web").GetAwaiter().GetResult());
        }

        await node.UntilState("web", ContainerState.Running, seconds: 90);
    }

    private static async Task<Container> Seen(TestNode node, string name)
    {
        Container? found = null;
        await Running.Until(
            async () =>
            {
                try
                {
                    found = await node.Inspect(name);
                    return found.State == ContainerState.Running;
                }
                catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
                {
                    return false;
                }
            },
            () => $"{name} does not run: {found}");
        return found!;
    }
}
