using Skerry.Contracts.Node.V1;
using Skerry.Linux.Terminals;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Terminals;

/// <summary>A person at a terminal: run -it, exec -it and attach, through the real daemon.</summary>
public sealed class TerminalTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const string CtrlC = "\x03";
    private const string Detach = "\x10\x11"; // ctrl-p ctrl-q

    // Says the size when it changes, ends with 7 at Ctrl-C, and answers what is typed.
    private const string Program = "trap 'echo size now $(stty size)' WINCH; trap 'echo interrupted; exit 7' INT; echo size $(stty size 2>&1) $TERM; while :; do read line && echo \"got <$line>\"; done";

    private static readonly WindowSize Size = new(101, 33);
    private readonly TestNode _node = fixture.Node;
    private readonly string _image = fixture.Image;

    [Fact]
    public async Task A_program_on_a_terminal_has_its_size_keys_and_signals()
    {
        using var terminal = OnTerminal.Cli(_node, Size, "run", "--rm", "-it", _image, "sh", "-c", Program);
        await terminal.Shows("size 33 101 xterm");
        await Converse(terminal);
    }

    [Fact]
    public async Task So_has_one_that_is_started_in_a_running_container()
    {
        _ = (await _node.Cli("run", "-d", "--name", "host", _image, "sleep", "1000")).Ok;
        using (var terminal = OnTerminal.Cli(_node, Size, "exec", "-it", "host", "sh", "-c", Program))
        {
            // The runtime gives the size to a container's first process only: another one hears of it a moment after its start.
            await terminal.Shows("33 101");
            await Converse(terminal);
        }

        _ = (await _node.Cli("rm", "-f", "host")).Ok;
    }

    [Fact]
    public async Task Detach_keys_leave_it_running_and_two_terminals_attach_to_it()
    {
        using (var terminal = OnTerminal.Cli(_node, Size, "run", "-it", "--name", "left", _image, "sh", "-c", Program))
        {
            await terminal.Shows("size 33 101 xterm");
            await Typed(terminal, "one");
            terminal.Type(Detach);
            await terminal.Shows("detached");
            Assert.Equal(0, await terminal.End());
            Assert.True(terminal.IsCooked);
        }

        Assert.Equal(ContainerState.Running, (await _node.Inspect("left")).State);
        using (var first = OnTerminal.Cli(_node, Size, "attach", "left"))
        using (var second = OnTerminal.Cli(_node, new WindowSize(77, 22), "attach", "left"))
        {
            await Running.Until(() => !first.IsCooked && !second.IsCooked, "the terminals are not attached");
            first.Type("from the first\r");
            await second.Shows("got <from the first>");
            await first.Shows("got <from the first>");

            // One goes; the container and the other do not notice.
            first.Type(Detach);
            Assert.Equal(0, await first.End());
            await Typed(second, "from the second");
            second.Type(CtrlC);
            await second.Shows("interrupted");
            Assert.Equal(7, await second.End());
            Assert.True(second.IsCooked);
        }

        _ = (await _node.Cli("rm", "left")).Ok;
    }

    [Fact]
    public async Task A_daemon_that_dies_leaves_the_terminal_as_it_was_and_the_program_running()
    {
        using (var terminal = OnTerminal.Cli(_node, Size, "run", "-it", "--name", "bereft", _image, "sh", "-c", Program))
        {
            await terminal.Shows("size 33 101");
            await Running.Until(() => !terminal.IsCooked, "the terminal is not raw");
            _node.Kill9();
            Assert.Equal(125, await terminal.End());
            Assert.True(terminal.IsCooked);
            await terminal.Shows("skerry attach bereft");
        }

        await _node.StartAgain();
        using (var again = OnTerminal.Cli(_node, new WindowSize(60, 20), "attach", "bereft"))
        {
            await Typed(again, "still there");
            again.Type(CtrlC);
            Assert.Equal(7, await again.End());
        }

        _ = (await _node.Cli("rm", "bereft")).Ok;
    }

    [Fact]
    public async Task Large_input_goes_through_whole_and_its_end_is_the_end()
    {
        const int megabytes = 10;
        var file = Path.Combine(_node.Home, "large");
        var cli = $"SKERRY_ADDRESS=unix://{_node.Socket} DOTNET_ROOT={Programs.DotnetRoot} {Programs.CommandLine}";
        var sum = (await Running.Shell($"head -c {megabytes}M /dev/urandom >{file}; sha256sum <{file}")).Ok;
        Assert.Equal(sum, (await Running.Shell($"cat {file} | {cli} run --rm -i {_image} sh -c 'cat | busybox sha256sum'")).Ok);
        _ = (await _node.Cli("run", "-d", "--name", "input", _image, "sleep", "1000")).Ok;
        Assert.Equal(sum, (await Running.Shell($"{cli} exec -i input busybox sha256sum <{file}")).Ok);

        // And out again.
        Assert.Equal(sum, (await Running.Shell($"{cli} exec -i input cat <{file} | sha256sum")).Ok);

        // Closed, empty, and not given at all. (The runtime of a program that is not native takes a closed descriptor for itself.)
        if (!File.Exists(Programs.CommandLine + ".dll"))
            Assert.Equal("end\n", (await Running.Shell($"{cli} run --rm -i {_image} sh -c 'cat; echo end' <&-")).Ok);
        Assert.Equal("end\n", (await Running.Shell($"{cli} exec -i input sh -c 'cat; echo end' </dev/null")).Ok);
        Assert.Equal("end\n", (await Running.Shell($"echo not for you | {cli} run --rm {_image} sh -c 'cat; echo end'")).Ok);
        Assert.Equal("end\n", (await Running.Shell($"echo not for you | {cli} exec input sh -c 'cat; echo end'")).Ok);
        _ = (await _node.Cli("rm", "-f", "input")).Ok;
    }

    [Fact]
    public async Task Input_of_a_container_in_the_background_stays_open_for_the_next_client_and_ends_with_the_first_one_otherwise()
    {
        _ = (await _node.Cli("run", "-d", "-i", "--name", "open", _image, "sh", "-c", "while read line; do echo \"got <$line>\"; done; echo no more")).Ok;
        foreach (var line in (string[])["one", "two"])
        {
            using var client = _node.StartCli("attach", "open");
            await client.StandardInput.WriteLineAsync(line);
            client.StandardInput.Close();
            Assert.Equal($"got <{line}>", await client.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Running.Patience));
            client.Kill();
            await client.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(ContainerState.Running, (await _node.Inspect("open")).State);
        }

        Assert.Equal("got <one>\ngot <two>\n", (await _node.Cli("logs", "open")).Ok);
        _ = (await _node.Cli("rm", "-f", "open")).Ok;

        // A container that was started for a client has that client's input and no other's.
        Assert.Equal("got <x>\nno more\n", (await _node.CliWith("x\n", "run", "--rm", "-i", _image, "sh", "-c", "while read line; do echo \"got <$line>\"; done; echo no more")).Ok);
    }

    private static async Task Converse(OnTerminal terminal)
    {
        await Typed(terminal, "hello");
        terminal.Resize(60, 20);
        terminal.Type("\r"); // the shell runs its trap between two commands
        await terminal.Shows("size now 20 60");
        terminal.Type(CtrlC);
        await terminal.Shows("interrupted");
        Assert.Equal(7, await terminal.End());
        Assert.True(terminal.IsCooked);
    }

    private static async Task Typed(OnTerminal terminal, string line)
    {
        await Running.Until(() => !terminal.IsCooked, "the terminal is not raw");
        terminal.Type(line + "\r");
        await terminal.Shows($"got <{line}>");
    }
}
