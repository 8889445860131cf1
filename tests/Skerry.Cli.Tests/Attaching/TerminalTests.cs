using System.Text;
using Google.Protobuf;
using Skerry.Cli.Tests.Peer;
using Skerry.Contracts.Node.V1;
using Skerry.Linux.Terminals;

namespace Skerry.Cli.Tests.Attaching;

/// <summary>`skerry run -it` and `exec -it` on a real pseudoterminal.</summary>
public sealed class TerminalTests
{
    private readonly TaskCompletionSource<TerminalSize> _resized = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TerminalSize? _first;

    [Fact]
    public async Task Keys_pass_raw_sizes_follow_and_the_terminal_is_put_back()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/setsid"), "setsid (util-linux) is missing");
        await using var node = await ScriptedNode.Start(new Script { Run = Shell });
        using var terminal = Pseudoterminal.Open();
        terminal.SetSize(new WindowSize(101, 33));
        using var cli = CliProcess.StartOnTerminal(node.Socket, terminal.Peer, ["run", "-it", "img", "sh"]);

        Assert.Equal("$ ", Read(terminal, 2));
        Assert.Equal((101u, 33u), (_first!.Columns, _first.Rows));
        await Until(() => !terminal.IsCooked);

        // Ctrl-C is a key here, not a signal.
        Write(terminal, "a\x03");
        Assert.Equal("[a][\x03]", Read(terminal, 6));
        terminal.SetSize(new WindowSize(60, 20));
        var size = await _resized.Task.WaitAsync(CliProcess.Patience);
        Assert.Equal((60u, 20u), (size.Columns, size.Rows));
        Write(terminal, "q");
        Assert.Equal("[q]", Read(terminal, 3));
        Assert.Equal(9, cli.Wait());
        Assert.True(terminal.IsCooked);
    }

    [Fact]
    public async Task Ctrl_p_ctrl_q_leaves_it_alone()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/setsid"), "setsid (util-linux) is missing");
        await using var node = await ScriptedNode.Start(new Script { Run = Shell });
        using var terminal = Pseudoterminal.Open();
        terminal.SetSize(new WindowSize(80, 24));
        using var cli = CliProcess.StartOnTerminal(node.Socket, terminal.Peer, ["run", "-it", "img", "sh"]);
        Assert.Equal("$ ", Read(terminal, 2));
        await Until(() => !terminal.IsCooked);
        Write(terminal, "x");
        Assert.Equal("[x]", Read(terminal, 3));
        Write(terminal, "\x10\x11");
        Assert.Equal("\r\nskerry: detached", Read(terminal, 18));
        Assert.Equal(0, cli.Wait());
        Assert.True(terminal.IsCooked);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(1)]
    public async Task A_signal_puts_the_terminal_back_before_it_ends(int number)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/setsid"), "setsid (util-linux) is missing");
        await using var node = await ScriptedNode.Start(new Script { Run = Shell });
        using var terminal = Pseudoterminal.Open();
        terminal.SetSize(new WindowSize(80, 24));
        using var cli = CliProcess.StartOnTerminal(node.Socket, terminal.Peer, ["run", "-it", "img", "sh"]);
        Assert.Equal("$ ", Read(terminal, 2));
        await Until(() => !terminal.IsCooked);
        cli.Signal(number);
        Assert.Equal(128 + number, cli.Wait());
        Assert.True(terminal.IsCooked);
    }

    [Fact]
    public async Task Without_a_terminal_dash_it_is_refused()
    {
        var said = await CliProcess.Run("/nonexistent", ["run", "-it", "img"], []);
        Assert.Equal((1, "skerry: standard input is not a terminal, and -t with -i needs one\n  next: leave out -t to pipe data in\n"), (said.Code, said.Error));
    }

    /// <summary>Shows each key in brackets; ends with 9 at q.</summary>
    private async Task Shell(Grpc.Core.IAsyncStreamReader<RunRequest> requests, Grpc.Core.IServerStreamWriter<RunResponse> answers, Grpc.Core.ServerCallContext context)
    {
        await requests.MoveNext(default);
        _first = requests.Current.Start.Terminal;
        await answers.WriteAsync(new RunResponse { Started = new RunStarted { PodId = "p", PodName = "sh", ContainerId = "c" } });
        await answers.WriteAsync(new RunResponse { Stdout = ByteString.CopyFromUtf8("$ ") });
        while (await requests.MoveNext(context.CancellationToken))
        {
            if (requests.Current.Resize is { Columns: 60 } size)
            {
                _resized.TrySetResult(size);
            }

            foreach (var key in requests.Current.Stdin)
            {
                await answers.WriteAsync(new RunResponse { Stdout = ByteString.CopyFrom((byte)'[', key, (byte)']') });
                if (key == (byte)'q')
                {
                    await answers.WriteAsync(new RunResponse { Exit = new Exit { Code = 9 } });
                    return;
                }
            }
        }
    }

    private static void Write(Pseudoterminal terminal, string keys) =>
        StandardStream.Write(terminal.Main.Number, Encoding.ASCII.GetBytes(keys));

    private static string Read(Pseudoterminal terminal, int length)
    {
        var bytes = new byte[length];
        var reading = Task.Run(() =>
        {
            for (var at = 0; at < length;)
            {
                at += StandardStream.Read(terminal.Main.Number, bytes.AsSpan(at));
            }
        });
        Assert.True(reading.Wait(CliProcess.Patience), $"only this came: {Encoding.ASCII.GetString(bytes)}");
        return Encoding.ASCII.GetString(bytes);
    }

    private static async Task Until(Func<bool> holds)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        using var end = new CancellationTokenSource(CliProcess.Patience);
        while (!holds())
        {
            await timer.WaitForNextTickAsync(end.Token);
        }
    }
}
