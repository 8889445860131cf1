using Google.Protobuf;
using Grpc.Core;
using Skerry.Cli.Tests.Peer;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Tests.Commands;

/// <summary>`skerry run` as a process, against a scripted peer: streams, signals, exit codes.</summary>
public sealed class RunTests
{
    private static readonly RunResponse Started = new() { Started = new RunStarted { PodId = "p1", PodName = "web", ContainerId = "c1" } };

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(137)]
    [InlineData(255)]
    public async Task The_exit_code_is_the_containers(int code)
    {
        await using var node = await ScriptedNode.Start(new Script
        {
            Run = async (requests, answers, _) =>
            {
                Assert.True(await requests.MoveNext());
                await answers.WriteAsync(Started);
                await answers.WriteAsync(new RunResponse { Exit = new Exit { Code = code } });
            },
        });
        var said = await CliProcess.Run(node.Socket, ["run", "--rm", "img", "true"]);
        Assert.Equal((code, "", ""), (said.Code, said.Out, said.Error));
    }

    [Fact]
    public async Task Where_the_id_cannot_be_written_nothing_is_started_and_where_nothing_was_there_is_no_file()
    {
        var asked = 0;
        await using var node = await ScriptedNode.Start(new Script
        {
            Run = async (requests, answers, _) =>
            {
                if (Interlocked.Increment(ref asked) > 1)
                {
                    throw new RpcException(new Status(StatusCode.FailedPrecondition, "no"));
                }

                await requests.MoveNext();
                await answers.WriteAsync(Started);
                await answers.WriteAsync(new RunResponse { Exit = new Exit() });
            },
        });
        var directory = Directory.CreateTempSubdirectory("skerry-cid-").FullName;
        try
        {
            var file = Path.Combine(directory, "id");
            var nowhere = await CliProcess.Run(node.Socket, ["run", "--cidfile", Path.Combine(directory, "none", "id"), "img"]);
            Assert.Equal((125, 0), (nowhere.Code, asked));
            Assert.EndsWith("Nothing was started\n  next: name a file that is not there, in a directory that is\n", nowhere.Error, StringComparison.Ordinal);
            Assert.Equal(0, (await CliProcess.Run(node.Socket, ["run", "--cidfile", file, "img"])).Code);
            Assert.Equal("c1", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
            Assert.Equal((125, 1), ((await CliProcess.Run(node.Socket, ["run", "--cidfile", file, "img"])).Code, asked));
            Assert.Equal(125, (await CliProcess.Run(node.Socket, ["run", "--cidfile", file + "2", "img"])).Code);
            Assert.False(File.Exists(file + "2"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Binary_data_comes_back_whole_through_pipes()
    {
        await using var node = await ScriptedNode.Start(new Script { Run = Echo });
        var data = new byte[9_000_001];
        new Random(1).NextBytes(data);
        var said = await CliProcess.Run(node.Socket, ["run", "-i", "img", "cat"], data);
        Assert.Equal((3, ""), (said.Code, said.Error));
        Assert.True(data.AsSpan().SequenceEqual(said.Bytes), $"{said.Bytes.Length} of {data.Length} bytes came back, or others");
    }

    [Fact]
    public async Task All_output_is_out_before_the_exit_code_is_and_the_streams_stay_apart()
    {
        var line = ByteString.CopyFrom(new byte[60_000]);
        await using var node = await ScriptedNode.Start(new Script
        {
            Run = async (requests, answers, _) =>
            {
                await requests.MoveNext();
                await answers.WriteAsync(Started);
                for (var i = 0; i < 100; i++)
                {
                    await answers.WriteAsync(new RunResponse { Stdout = line });
                }

                await answers.WriteAsync(new RunResponse { Stderr = ByteString.CopyFromUtf8("to error") });
                await answers.WriteAsync(new RunResponse { Exit = new Exit { Code = 1 } });
            },
        });
        var said = await CliProcess.Run(node.Socket, ["run", "img"]);
        Assert.Equal((1, 6_000_000, "to error"), (said.Code, said.Bytes.Length, said.Error));
    }

    [Fact]
    public async Task A_node_that_does_not_read_holds_the_input_back()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sent = 0L;
        await using var node = await ScriptedNode.Start(new Script
        {
            Run = async (requests, answers, _) =>
            {
                await requests.MoveNext();
                await answers.WriteAsync(Started);
                await go.Task;
                while (await requests.MoveNext() && requests.Current.WhatCase == RunRequest.WhatOneofCase.Stdin)
                {
                    sent += requests.Current.Stdin.Length;
                }

                await answers.WriteAsync(new RunResponse { Exit = new Exit() });
            },
        });
        using var cli = CliProcess.Start(node.Socket, ["run", "-i", "img"], input: true);
        var written = 0L;
        var writing = Task.Run(() =>
        {
            var chunk = new byte[64 << 10];
            for (var i = 0; i < 256; i++)
            {
                cli.Input!.Write(chunk);
                Interlocked.Add(ref written, chunk.Length);
            }

            cli.Input!.Dispose();
        });

        // It must stop by itself far below the 16 MiB: windows, pipe and one chunk.
        await Assert.ThrowsAsync<TimeoutException>(() => writing.WaitAsync(TimeSpan.FromSeconds(2)));
        Assert.InRange(Interlocked.Read(ref written), 0, 4 << 20);
        go.SetResult();
        await writing.WaitAsync(CliProcess.Patience);
        Assert.Equal(0, cli.Wait());
        Assert.Equal(256L * (64 << 10), sent);
    }

    [Theory]
    [InlineData(2, "SIGINT")]
    [InlineData(15, "SIGTERM")]
    [InlineData(1, "SIGHUP")]
    [InlineData(10, "SIGUSR1")]
    public async Task A_signal_goes_to_the_container(int number, string name)
    {
        var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var node = await ScriptedNode.Start(new Script { Run = UntilSignal(heard) });
        using var cli = CliProcess.Start(node.Socket, ["run", "img"]);
        Assert.Equal((byte)'r', cli.Output!.ReadByte());
        cli.Signal(number);
        Assert.Equal(name, await heard.Task.WaitAsync(CliProcess.Patience));
        Assert.Equal(128 + number, cli.Wait());
    }

    [Fact]
    public async Task The_third_interrupt_ends_the_command_line_although_the_container_goes_on()
    {
        await using var node = await ScriptedNode.Start(new Script
        {
            Run = async (requests, answers, _) =>
            {
                await requests.MoveNext();
                await answers.WriteAsync(Started);
                await answers.WriteAsync(new RunResponse { Stdout = ByteString.CopyFromUtf8("0") });
                for (var i = 1; await requests.MoveNext(); i++)
                {
                    await answers.WriteAsync(new RunResponse { Stdout = ByteString.CopyFromUtf8($"{i}") });
                }
            },
        });
        using var cli = CliProcess.Start(node.Socket, ["run", "img"]);
        foreach (var expected in "012")
        {
            Assert.Equal(expected, (char)cli.Output!.ReadByte());
            cli.Signal(2);
        }

        Assert.Equal(130, cli.Wait());
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_it_with_141_and_says_what_goes_on()
    {
        await using var node = await ScriptedNode.Start(new Script
        {
            Run = async (requests, answers, context) =>
            {
                await requests.MoveNext();
                await answers.WriteAsync(Started);
                while (!context.CancellationToken.IsCancellationRequested)
                {
                    await answers.WriteAsync(new RunResponse { Stdout = ByteString.CopyFromUtf8("y\n") });
                }
            },
        });
        using var cli = CliProcess.Start(node.Socket, ["run", "img", "yes"]);
        Assert.Equal((byte)'y', cli.Output!.ReadByte());
        cli.Output.Dispose();
        Assert.Equal(141, cli.Wait());
        Assert.Equal("skerry: the reader of the output has gone; web goes on\n  next: skerry attach web, or skerry stop web\n", System.Text.Encoding.UTF8.GetString(CliProcess.ReadAll(cli.Error!)));
    }

    [Theory]
    [InlineData(null, 125)]
    [InlineData(127, 127)]
    [InlineData(126, 126)]
    public async Task What_cannot_start_ends_with_125_126_or_127_and_says_what_to_do(int? asked, int code)
    {
        await using var node = await ScriptedNode.Start(new Script
        {
            Run = (_, _, _) => throw Script.Failure(StatusCode.NotFound, "no such image: img", "skerry image pull img", asked),
        });
        var said = await CliProcess.Run(node.Socket, ["run", "img"]);
        Assert.Equal((code, "", "skerry: no such image: img\n  next: skerry image pull img\n"), (said.Code, said.Out, said.Error));
    }

    [Fact]
    public async Task A_node_that_is_lost_midway_is_not_an_exit_code_of_the_container()
    {
        await using var node = await ScriptedNode.Start(new Script
        {
            Run = async (requests, answers, context) =>
            {
                await requests.MoveNext();
                await answers.WriteAsync(Started);
                await requests.MoveNext(); // input comes only when the start was seen
                context.GetHttpContext().Abort();
            },
        });
        var said = await CliProcess.Run(node.Socket, ["run", "-i", "img"], [1]);
        Assert.Equal(125, said.Code);
        Assert.Contains("lost sight of web", said.Error, StringComparison.Ordinal);
        Assert.Contains("next: it may go on: skerry ps, skerry attach web", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Detached_it_prints_the_id_and_progress_goes_to_error()
    {
        RunStart? start = null;
        await using var node = await ScriptedNode.Start(new Script
        {
            Run = async (requests, answers, _) =>
            {
                await requests.MoveNext();
                start = requests.Current.Start;
                await answers.WriteAsync(new RunResponse { Progress = new Progress { Id = "abc", Status = "downloading", Total = 1000 } });
                await answers.WriteAsync(new RunResponse { Progress = new Progress { Id = "abc", Status = "downloading", Current = 500, Total = 1000 } });
                await answers.WriteAsync(new RunResponse { Progress = new Progress { Id = "abc", Status = "done" } });
                await answers.WriteAsync(Started);
            },
        });
        var said = await CliProcess.Run(node.Socket, ["run", "-d", "-e", "FROM_HERE", "-e", "NOWHERE", "img", "sleep", "1"]);
        Assert.Equal((0, "c1\n", "abc: downloading 1kB\nabc: done\n"), (said.Code, said.Out, said.Error));
        Assert.False(start!.Attach);
        Assert.Equal(["FROM_HERE=yes"], start.Pod.Containers[0].Env);
        Assert.Equal(["sleep", "1"], start.Pod.Containers[0].Args);
    }

    [Fact]
    public async Task A_word_for_memory_that_ran_out()
    {
        await using var node = await ScriptedNode.Start(new Script
        {
            Run = async (requests, answers, _) =>
            {
                await requests.MoveNext();
                await answers.WriteAsync(Started);
                await answers.WriteAsync(new RunResponse { Exit = new Exit { Code = 137, OomKilled = true } });
            },
        });
        var said = await CliProcess.Run(node.Socket, ["run", "img"]);
        Assert.Equal(137, said.Code);
        Assert.StartsWith("skerry: the container was killed: it used more memory than its limit\n", said.Error, StringComparison.Ordinal);
    }

    internal static async Task Echo(IAsyncStreamReader<RunRequest> requests, IServerStreamWriter<RunResponse> answers, ServerCallContext context)
    {
        await requests.MoveNext();
        await answers.WriteAsync(Started);
        while (await requests.MoveNext() && requests.Current.WhatCase != RunRequest.WhatOneofCase.StdinClosed)
        {
            await answers.WriteAsync(new RunResponse { Stdout = requests.Current.Stdin });
        }

        await answers.WriteAsync(new RunResponse { Exit = new Exit { Code = 3 } });
    }

    private static Func<IAsyncStreamReader<RunRequest>, IServerStreamWriter<RunResponse>, ServerCallContext, Task> UntilSignal(TaskCompletionSource<string> heard) =>
        async (requests, answers, _) =>
        {
            await requests.MoveNext();
            await answers.WriteAsync(Started);
            await answers.WriteAsync(new RunResponse { Stdout = ByteString.CopyFromUtf8("r") });
            await requests.MoveNext();
            heard.SetResult(requests.Current.Signal);
            var number = requests.Current.Signal switch { "SIGHUP" => 1, "SIGINT" => 2, "SIGUSR1" => 10, _ => 15 };
            await answers.WriteAsync(new RunResponse { Exit = new Exit { Code = 128 + number } });
        };
}
