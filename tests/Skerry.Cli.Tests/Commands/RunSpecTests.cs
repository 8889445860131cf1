using Skerry.Cli.Commands;
using Skerry.Cli.Rendering;
using Skerry.Cli.Tests.CommandLine;
using Skerry.Cli.Tests.Peer;

namespace Skerry.Cli.Tests.Commands;

public sealed class RunSpecTests
{
    private const string Everything =
        "run -it --rm --name web --tier sandbox --min-tier process --tee any -m 256Mi --memory-swap 512m --cpus 500m -c 512 --cpuset-cpus 0-1 --pids 64 "
        + "--device-read-bps /dev/sda:10Mi --device-write-iops /dev/sda:100 --oom-score-adj 100 --ulimit nofile=1024:4096 -e A=1 -e FROM_NOWHERE "
        + "-w /srv -u 1000:1000 --group-add 27 --entrypoint /bin/sh --init -v /etc:/host-etc:ro -v data:/data --mount type=tmpfs,dst=/scratch,tmpfs-size=1Mi,tmpfs-mode=1777 "
        + "--tmpfs /tmp:size=64Mi --device /dev/null:/dev/zero:rw --read-only -p 127.0.0.1:8080:80 -p 53:53/udp -p [::1]:90-91:90-91 --network none -h box "
        + "--dns 9.9.9.9 --dns-search example --cap-add NET_BIND_SERVICE --cap-drop ALL --security-opt seccomp=unconfined --userns host --sysctl net.core.somaxconn=128 "
        + "--stop-signal SIGINT --stop-timeout 30 --pull never -l app=web --annotation a/b=c img:1 -c true";

    [Fact]
    public void Everything_that_is_said_reaches_the_node() =>
        Snapshot.Check("run-spec.json", JsonText.Indented(SpecTrees.Of(RunSpec.Of(ParserTests.Parse(Everything)))));

    [Theory]
    [InlineData("run img a b", "", "a b")]
    [InlineData("run --entrypoint x img a b", "x", "a b")]
    [InlineData("run --entrypoint= img a b", "a", "b")]
    public void An_empty_entrypoint_leaves_the_command_alone(string line, string entrypoint, string arguments)
    {
        var container = RunSpec.Of(ParserTests.Parse(line)).Containers[0];
        Assert.Equal((entrypoint, arguments), (string.Join(' ', container.Entrypoint), string.Join(' ', container.Args)));
    }

    [Theory]
    [InlineData("--trust none", "--trust none needs --trust-reason TEXT: why nothing is verified", 2)]
    [InlineData("--rm --restart always", "--rm and --restart contradict each other", 2)]
    [InlineData("--memory 5X", "--memory 5X: no such unit: X; write bytes, or a number with Ki Mi Gi Ti (powers of 1024), k M G T (M G T: powers of 1000) or docker's k m g t (powers of 1024)", 2)]
    [InlineData("-p 99999:80", "--publish 99999:80: 99999 is no port from 1 to 65535; write [IP:]HOST:CTR[/tcp|udp|sctp]", 2)]
    [InlineData("-p 1.2.3:80:80", "--publish 1.2.3:80:80: 1.2.3 is no IP address; write [IP:]HOST:CTR[/tcp|udp|sctp]", 2)]
    [InlineData("-p 80-81:80", "--publish 80-81:80: the two ranges are not of the same length", 2)]
    [InlineData("-v /a:b", "--volume /a:b: the destination b is no absolute path", 2)]
    [InlineData("--mount type=bind,dst=/x", "--mount type=bind,dst=/x: a bind mount needs src", 2)]
    [InlineData("--security-opt apparmor=x", "--security-opt apparmor=x: not known", 2)]
    [InlineData("--ulimit nofile=9:3", "--ulimit nofile=9:3: the soft limit is above the hard one", 2)]
    [InlineData("--env-file /proc/none", "--env-file /proc/none: Could not find file '/proc/none'.", 2)]
    [InlineData("--runtime-class kata", "--runtime-class kata: not one of skerry, skerry-process, skerry-sandbox, skerry-microvm, skerry-unikernel, skerry-wasm", 2)]
    [InlineData("--dns nowhere", "--dns nowhere: not an IP address", 2)]
    [InlineData("--entrypoint=", "--entrypoint is empty, and no COMMAND is given: nothing would run", 2)]
    public void What_cannot_be_is_refused_before_anything_starts(string options, string message, int code)
    {
        var failure = Assert.Throws<CliFailure>(() => RunSpec.Of(ParserTests.Parse($"run {options} img")));
        Assert.Equal((message, code), (failure.Message, failure.ExitCode));
    }
}
