using System.Globalization;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Life;

/// <summary>What people do with containers, by the real command line.</summary>
public sealed class LifeTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private readonly TestNode _node = fixture.Node;
    private readonly string _image = fixture.Image;

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 42", 42)]
    [InlineData("sleep 100 & kill -TERM $!; wait $!", 143)]
    public async Task The_exit_code_of_run_is_the_containers(string script, int code) =>
        Assert.Equal(code, (await _node.Cli("run", "--rm", _image, "sh", "-c", script)).Code);

    [Fact]
    public async Task What_cannot_be_run_is_told_apart_by_the_exit_code()
    {
        Assert.Contains("nothing-here", (await _node.Cli("run", "--rm", _image, "nothing-here")).Failed(127), StringComparison.Ordinal);
        _ = (await _node.Cli("run", "--rm", _image, "/etc/passwd")).Failed(126);
        _ = (await _node.Cli("run", "--rm", _image, "/etc")).Failed(126);
        _ = (await _node.Cli("run", "--rm", "--pull", "never", _image + "-not", "true")).Failed(125);
    }

    [Fact]
    public async Task Standard_input_goes_in_and_both_outputs_come_out_apart()
    {
        var said = await _node.CliWith("one\ntwo\n", "run", "--rm", "-i", _image, "sh", "-c", "cat; echo oops >&2");
        Assert.Equal(("one\ntwo\n", "oops\n"), (said.Ok, said.Error));
    }

    [Fact]
    public async Task User_environment_and_directory_are_those_of_the_request()
    {
        var said = await _node.Cli("run", "--rm", "-u", "app", "-w", "/home/app", "-e", "A=b c", _image, "sh", "-c", "id -u; id -g; pwd; echo $A $FROM_IMAGE; cat own");
        Assert.Equal("1000\n1000\n/home/app\nb c yes\nmine\n", said.Ok);
    }

    [Fact]
    public async Task The_images_own_command_user_and_directory_are_the_defaults()
    {
        Assert.Equal("default command\n0\n", (await _node.Cli("run", "--rm", _image)).Ok);
        using var builder = TestImages.WithEntryPoint();
        var entry = await TestRegistry.Push(builder.Build(), "entry:1");
        Assert.Equal("entry command\n", (await _node.Cli("run", "--rm", entry)).Ok);
        Assert.Equal("entry other\n", (await _node.Cli("run", "--rm", entry, "other")).Ok);
        Assert.Equal("/home/app\n", (await _node.Cli("run", "--rm", "--entrypoint", "pwd", entry)).Ok);
    }

    [Fact]
    public async Task More_memory_than_the_limit_ends_in_137_and_is_told()
    {
        _ = (await _node.Cli("run", "-d", "--name", "hog", "--memory", "32Mi", _image, "tail", "/dev/zero")).Ok;
        var hog = await _node.UntilState("hog", ContainerState.Exited);
        Assert.Equal((137, true), (hog.ExitCode, hog.OomKilled));
        _ = (await _node.Cli("rm", "hog")).Ok;
    }

    [Fact]
    public async Task No_more_processes_than_the_limit_are_started()
    {
        var said = await _node.Cli("run", "--rm", "--pids", "16", _image, "sh", "-c", "for n in $(seq 40); do sleep 30 & echo $n; done 2>/dev/null");
        Assert.True(said.Out.Split('\n').Length <= 17, said.Out);
    }

    [Fact]
    public async Task A_read_only_root_is_read_only_and_tmpfs_and_volumes_are_not()
    {
        var said = await _node.Cli("run", "--rm", "--read-only", "--tmpfs", "/tmp", _image, "sh", "-c", "touch /etc/x 2>/dev/null || echo refused; touch /tmp/x && echo written");
        Assert.Equal("refused\nwritten\n", said.Ok);
    }

    [Fact]
    public async Task A_container_is_stopped_started_killed_and_removed_by_name()
    {
        _ = (await _node.Cli("run", "-d", "--name", "life", _image, "sh", "-c", "trap 'exit 9' TERM; while :; do sleep 0.1; done")).Ok;
        Assert.Contains("life", (await _node.Cli("run", "-d", "--name", "life", _image, "true")).Failed(125), StringComparison.Ordinal);
        Assert.Equal("x\n", (await _node.Cli("exec", "life", "echo", "x")).Ok);
        Assert.Equal(5, (await _node.Cli("exec", "life", "sh", "-c", "exit 5")).Code);
        Assert.Contains("running", (await _node.Cli("rm", "life")).Failed(1), StringComparison.Ordinal);
        _ = (await _node.Cli("stop", "life")).Ok;
        Assert.Equal(9, (await _node.UntilState("life", ContainerState.Exited)).ExitCode);
        _ = (await _node.Cli("start", "life")).Ok;
        _ = (await _node.Cli("kill", "life")).Ok;
        Assert.Equal(137, (await _node.UntilState("life", ContainerState.Exited)).ExitCode);
        _ = (await _node.Cli("rm", "life")).Ok;
        Assert.Contains("life", (await _node.Cli("inspect", "life")).Failed(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_that_fails_is_started_again_with_growing_pauses_and_one_that_succeeds_is_not()
    {
        _ = (await _node.Cli("run", "-d", "--name", "fails", "--restart", "on-failure", _image, "false")).Ok;
        _ = (await _node.Cli("run", "-d", "--name", "succeeds", "--restart", "on-failure", _image, "true")).Ok;
        await Running.Until(async () => (await _node.Inspect("fails")).Restarts >= 3, () => "it was not started again");
        Assert.Equal(0u, (await _node.UntilState("succeeds", ContainerState.Exited)).Restarts);
        _ = (await _node.Cli("rm", "-f", "fails")).Ok;
        _ = (await _node.Cli("rm", "succeeds")).Ok;
    }

    [Fact]
    public async Task An_image_in_use_is_not_removed()
    {
        _ = (await _node.Cli("run", "-d", "--name", "user", _image, "sleep", "1000")).Ok;
        Assert.Contains("container", (await _node.Cli("image", "rm", _image)).Failed(1), StringComparison.Ordinal);
        _ = (await _node.Cli("rm", "-f", "user")).Ok;
    }

    [Fact]
    public async Task Two_containers_of_one_pod_share_localhost()
    {
        var spec = new PodSpec
        {
            Name = "pair",
            Containers =
            {
                new ContainerSpec { Name = "server", Image = _image, Args = { "sh", "-c", "exec httpd -f -p 127.0.0.1:7000 -h /etc" } },
                new ContainerSpec { Name = "client", Image = _image, Args = { "sh", "-c", "n=0; until wget -q -O - http://127.0.0.1:7000/layer | grep 3; do n=$((n+1)); [ $n -lt 300 ] || exit 1; sleep 0.1; done" } },
            },
        };
        using (var call = _node.Pods.Run())
        {
            await call.RequestStream.WriteAsync(new RunRequest { Start = new RunStart { Pod = spec } });
            await call.RequestStream.CompleteAsync();
            await foreach (var answer in call.ResponseStream.ReadAllAsync())
            {
                _ = answer;
            }
        }

        var exit = (await _node.Pods.WaitAsync(new WaitRequest { Container = "pair/client" }, deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(90))).Exit;
        Assert.Equal(0, exit.Code);
        _ = (await _node.Cli("rm", "-f", "pair")).Ok;
    }

    [Fact]
    [Trait("Promise", "P-07")]
    public async Task Pods_have_user_ids_of_their_own_and_layers_are_never_chowned()
    {
        // What the node writes at its own times is left out; nothing of it is of a layer.
        var layers = $"find '{_node.Root}' -path '*/containers' -prune -o -printf '%P %U %G %m\\n' | grep -v -E '^(journal|trial|wasm|jails|record|audit|alerts|microvm|scrub)' | sort | sha256sum";
        var before = (await Running.Shell(layers)).Ok;
        var ranges = new List<long>();
        foreach (var name in (string[])["one", "two"])
        {
            _ = (await _node.Cli("run", "-d", "--name", name, _image, "sleep", "1000")).Ok;
            var map = (await _node.Cli("exec", name, "cat", "/proc/self/uid_map")).Ok.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(("0", "65536"), (map[0], map[2].Trim()));
            ranges.Add(long.Parse(map[1], CultureInfo.InvariantCulture));
            Assert.Equal("0 1000\n", (await _node.Cli("exec", name, "sh", "-c", "echo $(stat -c %u /etc/passwd) $(stat -c %u /home/app/own)")).Ok);
        }

        Assert.True(Math.Abs(ranges[0] - ranges[1]) >= 65536, string.Join(' ', ranges));
        Assert.Equal(before, (await Running.Shell(layers)).Ok);
        _ = (await _node.Cli("rm", "-f", "one", "two")).Ok;
    }

    [Fact]
    public async Task A_process_inside_sees_that_it_is_held()
    {
        var status = (await _node.Cli("run", "--rm", _image, "grep", "-E", "^(NoNewPrivs|Seccomp|CapAmb|CapBnd):", "/proc/self/status")).Ok;
        Assert.Contains("NoNewPrivs:\t1", status, StringComparison.Ordinal);
        Assert.Contains("Seccomp:\t2", status, StringComparison.Ordinal);
        Assert.Contains("CapAmb:\t0000000000000000", status, StringComparison.Ordinal);
        foreach (var attempt in (string[])["mount -t tmpfs none /tmp", "unshare -U true", "unshare -m true", "mknod /tmp/sda b 8 0", "echo 1 >/proc/sys/kernel/panic", "head -c1 /proc/kcore"])
        {
            Assert.NotEqual(0, (await _node.Cli("run", "--rm", _image, "sh", "-c", attempt)).Code);
        }

        Assert.DoesNotContain("sda", (await _node.Cli("run", "--rm", _image, "ls", "/dev")).Ok, StringComparison.Ordinal);
    }
}
