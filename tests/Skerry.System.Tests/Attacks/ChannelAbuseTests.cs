using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using Grpc.Core;
using Skerry.Contracts.Node.V1;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Attacks;

/// <summary>Too much, or nonsense, on the channels that lead to the daemon (CVE-2022-31074 and its kin): it refuses, or holds the sender back, and serves on.</summary>
public sealed class ChannelAbuseTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    /// <summary>What the daemon may have grown by when it has given back what it needs no more.</summary>
    private const long MostGrowth = 48 << 20;

    /// <summary>What it may grow by while it is abused: half of the line that it passes on.</summary>
    private const long MostAtOnce = 128 << 20;

    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();
    private readonly TestNode _node = fixture.Node;
    private readonly string _image = fixture.Image;

    [Fact]
    public async Task More_than_the_kernel_takes_is_refused_in_words_and_more_than_the_door_takes_is_refused_unread()
    {
        _ = (await _node.Cli("run", "-d", "--name", "sizes", _image, "sleep", "1000")).Ok;
        Assert.Contains("kernel's limit", (await Run(c => c.Args.Add(new string('x', 200_000)))).Status.Detail, StringComparison.Ordinal);
        Assert.Contains("kernel's limit", (await Run(c => c.Env.Add("A=" + new string('x', 200_000)))).Status.Detail, StringComparison.Ordinal);
        Assert.Contains("more than 4096", (await Run(c => c.Args.AddRange(Enumerable.Repeat("x", 5000)))).Status.Detail, StringComparison.Ordinal);
        Assert.Contains("more than 4096", (await Run(c => c.Env.AddRange(Enumerable.Range(0, 5000).Select(static i => $"A{i.ToString(CultureInfo.InvariantCulture)}=x")))).Status.Detail, StringComparison.Ordinal);

        // The daemon answers before it has read all; a client that is still sending may see its stream closed before it sees why.
        StatusCode[] unread = [StatusCode.ResourceExhausted, StatusCode.Cancelled];
        Assert.Contains((await Run(c => c.Args.AddRange(Enumerable.Repeat(new string('x', 100_000), 50)))).StatusCode, unread);
        Assert.Contains((await Exec(Enumerable.Repeat(new string('x', 100_000), 50))).StatusCode, unread);
        Assert.Contains("kernel's limit", (await Exec([new string('x', 200_000)])).Status.Detail, StringComparison.Ordinal);

        Assert.Equal("sizes\n", (await _node.Cli("exec", "sizes", "sh", "-c", "echo sizes")).Ok);
        _ = (await _node.Cli("rm", "-f", "sizes")).Ok;
    }

    [Fact]
    public async Task One_endless_line_goes_through_and_neither_memory_nor_the_log_grows_with_it()
    {
        var before = Memory();
        const string Line = "head -c 268435456 /dev/zero | tr '\\0' x";
        var cli = $"SKERRY_ADDRESS=unix://{_node.Socket} DOTNET_ROOT={Programs.DotnetRoot} {Programs.CommandLine}";
        Assert.Equal("268435456\n", (await Running.Shell($"{cli} run --name line {_image} sh -c \"{Line}\" | wc -c")).Ok);
        var log = Directory.GetFiles(_node.Root, "log*", SearchOption.AllDirectories).Sum(static f => new FileInfo(f).Length);
        Assert.True(log <= 40 << 20, $"the log has {log} bytes");
        await IsGivenBack(before);
        _ = (await _node.Cli("rm", "line")).Ok;
    }

    [Fact]
    public async Task Nonsense_at_the_socket_ends_that_connection_and_nothing_else()
    {
        var before = Memory();
        var random = new Random(20261127);
        for (var i = 0; i < 64; i++)
        {
            var noise = new byte[random.Next(1, 4096)];
            random.NextBytes(noise);
            await Say(noise);
            await Say([.. Preface, .. noise]);
        }

        byte[][] sayings =
        [
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(),
            [.. Preface, .. Frame(4, 0, 0, new byte[6])],                                       // a setting 0
            [.. Preface, .. Frame(4, 0, 0, new byte[5])],                                       // half a setting
            [.. Preface, .. Frame(4, 0, 1, [])],                                                // settings of a stream
            [.. Preface, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1],                                   // a frame of 16 MiB
            [.. Preface, .. Frame(4, 0, 0, []), .. Frame(9, 4, 1, new byte[64])],               // the continuation of nothing
            [.. Preface, .. Frame(4, 0, 0, []), .. Frame(1, 0, 1, [0xff, 0xff, 0xff, 0xff])],   // headers that are none
            [.. Preface, .. Frame(4, 0, 0, []), .. Frame(0, 0, 1, [0, 0xff, 0xff, 0xff, 0xff])], // data of no stream
            [.. Preface, .. Frame(4, 0, 0, []), .. Frame(8, 0, 0, [0x7f, 0xff, 0xff, 0xff, 0x7f])],
        ];
        foreach (var saying in sayings)
        {
            await Say(saying);
        }

        // CVE-2024-27316 and 2023-44487: headers without an end, and streams that are given up as soon as they are begun.
        await Say([.. Preface, .. Frame(4, 0, 0, []), .. Frame(1, 0, 1, [0x82]), .. Enumerable.Repeat(Frame(9, 0, 1, [.. Enumerable.Repeat((byte)0x82, 16_000)]), 2000).SelectMany(static f => f)]);
        await Say([.. Preface, .. Frame(4, 0, 0, []), .. Enumerable.Range(0, 20_000).SelectMany(static i => (byte[])[.. Frame(1, 5, (2 * i) + 1, [0x83, 0x86, 0x84]), .. Frame(3, 0, (2 * i) + 1, [0, 0, 0, 8])])]);

        // Many who say nothing at all stand in nobody's way.
        var silent = new List<Socket>();
        for (var i = 0; i < 300; i++)
        {
            silent.Add(await Connected());
        }

        _ = (await _node.Cli("run", "--rm", _image, "true")).Ok;
        silent.ForEach(static s => s.Dispose());
        Assert.True(_node.IsUp);
        await IsGivenBack(before);
        Assert.DoesNotContain("Unhandled exception", _node.LogTail(20_000), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_that_are_no_messages_are_refused_one_by_one()
    {
        var random = new Random(20261128);
        var marshaller = Marshallers.Create<byte[]>(static bytes => bytes, static bytes => bytes);
        (string Method, MethodType Type)[] methods = [("Run", MethodType.DuplexStreaming), ("Exec", MethodType.DuplexStreaming), ("Inspect", MethodType.Unary), ("Logs", MethodType.ServerStreaming), ("Nothing", MethodType.Unary)];
        foreach (var (name, type) in methods)
        {
            var method = new Method<byte[], byte[]>(type, "skerry.node.v1.Pods", name, marshaller, marshaller);
            for (var i = 0; i < 16; i++)
            {
                var noise = new byte[random.Next(1, 512)];
                random.NextBytes(noise);
                var error = await Assert.ThrowsAsync<RpcException>(() => Call(method, noise));
                Assert.NotEqual(StatusCode.Unavailable, error.StatusCode);
            }
        }

        Assert.Empty(await _node.List());
    }

    private async Task Call(Method<byte[], byte[]> method, byte[] message)
    {
        var calls = _node.Channel.CreateCallInvoker();
        var patience = new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30));
        switch (method.Type)
        {
            case MethodType.Unary:
                _ = await calls.AsyncUnaryCall(method, null, patience, message);
                break;
            case MethodType.ServerStreaming:
                using (var stream = calls.AsyncServerStreamingCall(method, null, patience, message))
                {
                    _ = await stream.ResponseStream.MoveNext(CancellationToken.None);
                }

                break;
            default:
                using (var stream = calls.AsyncDuplexStreamingCall(method, null, patience))
                {
                    await stream.RequestStream.WriteAsync(message);
                    _ = await stream.ResponseStream.MoveNext(CancellationToken.None);
                }

                break;
        }
    }

    private async Task<RpcException> Run(Action<ContainerSpec> abuse)
    {
        var container = new ContainerSpec { Image = _image };
        container.Args.Add("true");
        abuse(container);
        var pod = new PodSpec { AutoRemove = true };
        pod.Containers.Add(container);
        using var call = _node.Pods.Run(cancellationToken: TestContext.Current.CancellationToken);
        return await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await call.RequestStream.WriteAsync(new RunRequest { Start = new RunStart { Pod = pod } });
            while (await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
            {
            }
        });
    }

    private async Task<RpcException> Exec(IEnumerable<string> arguments)
    {
        var start = new ExecStart { Container = "sizes" };
        start.Args.Add("echo");
        start.Args.AddRange(arguments);
        using var call = _node.Pods.Exec(cancellationToken: TestContext.Current.CancellationToken);
        return await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await call.RequestStream.WriteAsync(new ExecRequest { Start = start });
            while (await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
            {
            }
        });
    }

    /// <summary>Says it and waits until the daemon closes, or has had a moment to be hurt.</summary>
    private async Task Say(byte[] words)
    {
        using var socket = await Connected();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            _ = await socket.SendAsync(words, SocketFlags.None, patience.Token);
            socket.Shutdown(SocketShutdown.Send);
            var answer = new byte[4096];
            while (await socket.ReceiveAsync(answer, SocketFlags.None, patience.Token) > 0)
            {
            }
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            // It hung up first, or waits for the rest.
        }

        Assert.True(_node.IsUp, _node.LogTail());
    }

    private async Task<Socket> Connected()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_node.Socket), TestContext.Current.CancellationToken);
        return socket;
    }

    private static byte[] Frame(byte type, byte flags, int stream, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        (frame[0], frame[1], frame[2], frame[3], frame[4]) = ((byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }

    /// <summary>It has not grown by much, and soon by little.</summary>
    private async Task IsGivenBack(long before)
    {
        var after = Memory();
        Assert.True(after - before < MostAtOnce, $"the daemon grew from {before} to {after} bytes");
        await Running.Until(() => Task.FromResult((after = Memory()) - before < MostGrowth), () => $"the daemon grew from {before} to {after} bytes", 60);
    }

    /// <summary>Anonymous memory of the daemon, in bytes (proc_pid_status(5)).</summary>
    private long Memory() =>
        File.ReadLines($"/proc/{_node.Pid.ToString(CultureInfo.InvariantCulture)}/status").Where(static l => l.StartsWith("RssAnon:", StringComparison.Ordinal))
            .Select(static l => long.Parse(l.AsSpan(8, l.Length - 11), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture) << 10).Single();
}
