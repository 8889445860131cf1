using System.Buffers;
using System.Net.Sockets;
using Google.Protobuf;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Ttrpc;
using Skerry.Contracts.Ttrpc.Wire;

namespace Skerry.Contracts.Tests.Ttrpc;

/// <summary>Client and server over a socket pair, and a client against a server that means harm.</summary>
public sealed class TtrpcCallTests
{
    private const string Service = "skerry.guest.v1.Guest";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_gets_its_answer()
    {
        await using var pair = new Pair((stream, method, payload) =>
        {
            Assert.Equal("Signal", method);
            stream.Answer(new HelloResponse { Version = SignalRequest.Parser.ParseFrom(payload).Container });
        });

        var answer = await pair.Client.CallAsync(Service, "Signal", new SignalRequest { Container = "c" }, HelloResponse.Parser, Cancellation);
        Assert.Equal("c", answer.Version);
    }

    [Fact]
    public async Task A_failure_arrives_with_its_code_and_the_connection_goes_on()
    {
        await using var pair = new Pair(static (stream, method, _) => stream.Fail(TtrpcStatusCode.NotFound, $"no {method}"));
        for (var i = 0; i < 3; i++)
        {
            var error = await Assert.ThrowsAsync<TtrpcStatusException>(() => pair.Client.CallAsync(Service, "Hello", new HelloRequest(), HelloResponse.Parser, Cancellation));
            Assert.Equal((TtrpcStatusCode.NotFound, "no Hello"), (error.Code, error.Message));
        }

        var other = await Assert.ThrowsAsync<TtrpcStatusException>(() => pair.Client.CallAsync("other", "Hello", new HelloRequest(), HelloResponse.Parser, Cancellation));
        Assert.Equal(TtrpcStatusCode.Unimplemented, other.Code);
    }

    [Fact]
    public async Task Streams_carry_messages_both_ways_side_by_side()
    {
        await using var pair = new Pair(static (stream, _, _) => stream.Received = bytes =>
        {
            var input = StreamInput.Parser.ParseFrom(bytes.Span);
            if (input.WhatCase is StreamInput.WhatOneofCase.StdinClosed)
            {
                stream.Finish(new StreamOutput { Exit = new GuestExit { Code = 7 } });
            }
            else
            {
                stream.Send(new StreamOutput { Stdout = input.Stdin });
            }
        });
        var all = Enumerable.Range(0, 20).Select(async n =>
        {
            await using var stream = await pair.Client.OpenAsync(Service, "Run", Cancellation);
            for (var i = 0; i < 20; i++)
            {
                await stream.SendAsync(new StreamInput { Stdin = ByteString.CopyFromUtf8($"{n}.{i}") }, Cancellation);
                Assert.Equal($"{n}.{i}", (await stream.ReadAsync(StreamOutput.Parser, Cancellation))!.Stdout.ToStringUtf8());
            }

            await stream.SendAsync(new StreamInput { StdinClosed = true }, Cancellation);
            Assert.Equal(7, (await stream.ReadAsync(StreamOutput.Parser, Cancellation))!.Exit.Code);
            Assert.Null(await stream.ReadAsync(Cancellation));
        });
        await Task.WhenAll(all);
    }

    [Fact]
    public async Task A_stream_that_is_given_up_is_told_to_the_server()
    {
        var closed = new TaskCompletionSource();
        await using var pair = new Pair((stream, _, _) => stream.Closed = () => closed.SetResult());
        await using (await pair.Client.OpenAsync(Service, "Run", Cancellation))
        {
        }

        await closed.Task.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_told_to_the_server_and_to_every_call()
    {
        var closed = new TaskCompletionSource();
        var opened = new TaskCompletionSource();
        var pair = new Pair((stream, _, _) =>
        {
            stream.Closed = () => closed.SetResult();
            opened.SetResult();
        });
        var stream = await pair.Client.OpenAsync(Service, "Run", Cancellation);
        await opened.Task.WaitAsync(Cancellation);
        var reading = stream.ReadAsync(Cancellation);
        await pair.DisposeAsync();

        await closed.Task.WaitAsync(Cancellation);
        await Assert.ThrowsAsync<TtrpcException>(async () => await reading);
        await Assert.ThrowsAsync<TtrpcException>(() => pair.Client.OpenAsync(Service, "Run", Cancellation));
    }

    [Fact]
    public async Task A_server_that_floods_a_stream_breaks_that_stream_alone()
    {
        await using var pair = new Pair(static (stream, method, _) =>
        {
            if (method == "Hello")
            {
                stream.Answer(new HelloResponse { Version = "1" });
                return;
            }

            for (var i = 0; i < 100; i++)
            {
                stream.Send(new StreamOutput { Stdout = ByteString.CopyFrom(new byte[32 * 1024]) });
            }
        });
        await using var stream = await pair.Client.OpenAsync(Service, "Run", Cancellation);
        Assert.Equal("1", (await pair.Client.CallAsync(Service, "Hello", new HelloRequest(), HelloResponse.Parser, Cancellation)).Version);

        var read = 0;
        await Assert.ThrowsAsync<TtrpcException>(async () =>
        {
            while (await stream.ReadAsync(Cancellation) is { } message)
            {
                read += message.Length;
            }
        });
        Assert.InRange(read, 1, TtrpcClientStream.MaxWaitingBytes);
    }

    [Theory]
    [InlineData("0000000000000001" + "0100")] // a request, from the server
    [InlineData("0000000000000009" + "0300")] // a stream that was not opened
    [InlineData("0000000000000002" + "0300")] // an even stream
    [InlineData("ffffffff00000001" + "0200")] // 4 GiB
    [InlineData("0000000100000001" + "0300" + "00")] // a message where one answer is due
    [InlineData("0000000200000001" + "0200" + "ffff")] // no response at all
    [InlineData("0000000400000001" + "0200" + "12ffff7f")] // a payload longer than its frame
    [InlineData("00000000")] // an end within a frame
    public async Task A_server_that_breaks_the_protocol_ends_the_connection(string hex)
    {
        var (here, there) = Sockets();
        await using var client = new TtrpcClient(here);
        var call = client.CallAsync(Service, "Hello", new HelloRequest(), HelloResponse.Parser, Cancellation);
        _ = await there.ReadAtLeastAsync(new byte[10], 10, cancellationToken: Cancellation);
        await there.WriteAsync(Convert.FromHexString(hex), Cancellation);
        there.Socket.Shutdown(SocketShutdown.Send);

        await Assert.ThrowsAsync<TtrpcException>(() => call);
        await client.Ended.WaitAsync(Cancellation);
        Assert.NotNull(client.Broken);
        await there.DisposeAsync();
    }

    [Theory]
    [InlineData("0000000000000001" + "0200")] // a response, from the client
    [InlineData("0000000000000001" + "0300")] // data for a stream that is not open
    [InlineData("0000000000000003" + "0102" + "0000000000000001" + "0102")] // numbers that fall
    [InlineData("0000000000000001" + "0102" + "0000000000000001" + "0102")] // the same number again
    public void A_client_that_breaks_the_protocol_is_refused(string hex)
    {
        var server = new TtrpcServer(new ArrayBufferWriter<byte>(), Service, static (_, _, _) => { });
        Assert.Throws<TtrpcException>(() => Feed(server, Convert.FromHexString(hex)));
    }

    [Fact]
    public void The_first_request_of_another_client_is_told_from_a_further_one()
    {
        var output = new ArrayBufferWriter<byte>();
        var server = new TtrpcServer(output, Service, static (stream, _, _) => stream.Answer(new HelloResponse()));
        var (first, third) = (Hello(1), Hello(3));

        Assert.False(server.IsAnothers(first));
        server.Take(first);
        Assert.False(server.IsAnothers(third));
        Assert.True(server.IsAnothers(first));
        server.Break();
        Assert.False(server.IsAnothers(first));
        server.Take(first);

        static TtrpcFrame Hello(uint stream) =>
            new(stream, TtrpcFrameType.Request, TtrpcFrameFlags.RemoteClosed, new Request { Service = Service, Method = "Hello" }.ToByteArray());
    }

    [Fact]
    public void A_client_that_opens_too_much_is_answered_and_goes_on()
    {
        var output = new ArrayBufferWriter<byte>();
        var open = 0;
        var server = new TtrpcServer(output, Service, (_, _, _) => open++);
        var input = new ArrayBufferWriter<byte>();
        for (uint i = 0; i <= TtrpcServer.MaxStreams; i++)
        {
            TtrpcFrame.Write(input, (2 * i) + 1, TtrpcFrameType.Request, TtrpcFrameFlags.RemoteOpen, new Request { Service = Service, Method = "Run" });
        }

        Feed(server, input.WrittenSpan);
        Assert.Equal(TtrpcServer.MaxStreams, open);
        Assert.Equal((int)TtrpcStatusCode.ResourceExhausted, Response.Parser.ParseFrom(output.WrittenSpan[TtrpcFrame.HeaderSize..]).Status.Code);
    }

    [Fact]
    public void A_request_that_is_not_well_formed_is_answered()
    {
        var output = new ArrayBufferWriter<byte>();
        var server = new TtrpcServer(output, Service, static (_, _, _) => Assert.Fail("it was opened"));
        Feed(server, Convert.FromHexString("00000002" + "00000001" + "0100" + "ffff"));

        Assert.Equal((int)TtrpcStatusCode.InvalidArgument, Response.Parser.ParseFrom(output.WrittenSpan[TtrpcFrame.HeaderSize..]).Status.Code);
    }

    private static void Feed(TtrpcServer server, ReadOnlySpan<byte> bytes)
    {
        var reader = new TtrpcFrameReader();
        while (bytes.Length > 0)
        {
            var room = reader.Room().Span;
            var count = Math.Min(room.Length, bytes.Length);
            bytes[..count].CopyTo(room);
            reader.Filled(count);
            bytes = bytes[count..];
            while (reader.TryRead(out var frame))
            {
                server.Take(frame);
            }
        }
    }

    private static (NetworkStream Here, NetworkStream There) Sockets()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var place = new UnixDomainSocketEndPoint($"\0skerry-{Guid.NewGuid():n}");
        listener.Bind(place);
        listener.Listen();
        var here = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        here.Connect(place);
        return (new NetworkStream(here, ownsSocket: true), new NetworkStream(listener.Accept(), ownsSocket: true));
    }

    /// <summary>A client, and a server on a task of its own that ends with the connection.</summary>
    private sealed class Pair : IAsyncDisposable
    {
        private readonly NetworkStream _there;
        private readonly Task _serving;

        public Pair(Action<TtrpcServerStream, string, ByteString> open)
        {
            (var here, _there) = Sockets();
            Client = new TtrpcClient(here);
            _serving = Task.Run(() => Serve(open));
        }

        public TtrpcClient Client { get; }

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await _serving;
            await _there.DisposeAsync();
        }

        private async Task Serve(Action<TtrpcServerStream, string, ByteString> open)
        {
            var output = new ArrayBufferWriter<byte>();
            var server = new TtrpcServer(output, Service, open);
            var reader = new TtrpcFrameReader();
            try
            {
                while (await _there.ReadAsync(reader.Room()) is > 0 and var count)
                {
                    reader.Filled(count);
                    while (reader.TryRead(out var frame))
                    {
                        server.Take(frame);
                    }

                    await _there.WriteAsync(output.WrittenMemory);
                    output.ResetWrittenCount();
                }
            }
            catch (IOException)
            {
                // The client went while it was written to.
            }

            server.Break();
        }
    }
}
