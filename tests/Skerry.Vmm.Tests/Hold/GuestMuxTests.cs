using System.Buffers;
using System.Net.Sockets;
using Google.Protobuf;
using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Ttrpc;
using Skerry.Vmm.Hold;

namespace Skerry.Vmm.Tests.Hold;

/// <summary>The multiplexer over real sockets, with a real ttrpc server as the guest.</summary>
public sealed class GuestMuxTests : IAsyncLifetime
{
    private const string Service = "skerry.guest.v1.Guest";
    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-mux-").FullName;
    private readonly GuestMux _mux = new();
    private readonly List<Task> _serving = [];
    private NetworkStream _guest = null!;
    private NetworkStream _host = null!;
    private int _pairs;

    public async ValueTask InitializeAsync() => (_host, _guest) = await Pair();

    public async ValueTask DisposeAsync()
    {
        await _guest.DisposeAsync();
        await _host.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Two_clients_speak_at_once_and_each_gets_its_own_answers()
    {
        var running = _mux.Run(_host, CancellationToken.None);
        var serving = Serve(static (stream, payload) => stream.Answer(new StatsResponse { Pids = (ulong)StatsRequest.Parser.ParseFrom(payload).Container.Length }));
        await using var one = await Client();
        await using var two = await Client();
        var asked = Enumerable.Range(0, 50).Select(i => (i % 2 == 0 ? one : two).CallAsync(Service, "Stats", new StatsRequest { Container = new string('x', i) }, StatsResponse.Parser)).ToList();
        var answers = await Task.WhenAll(asked);
        Assert.Equal(Enumerable.Range(0, 50).Select(static i => (ulong)i), answers.Select(static a => a.Pids));
        _guest.Close();
        Assert.Equal("the guest is gone", await running);
        await serving;
    }

    [Fact]
    public async Task A_client_that_is_gone_has_its_stream_given_up_at_the_guest()
    {
        _ = _mux.Run(_host, CancellationToken.None);
        var givenUp = new TaskCompletionSource();
        var opened = new TaskCompletionSource();
        _ = Serve((stream, _) =>
        {
            stream.Closed = givenUp.SetResult;
            opened.SetResult();
        });
        var client = await Client();
        await client.OpenAsync(Service, "Run");
        await opened.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await client.DisposeAsync();
        await givenUp.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task The_end_of_the_machine_is_told_to_every_call_that_waits_and_to_later_ones()
    {
        var running = _mux.Run(_host, CancellationToken.None);
        var opened = new TaskCompletionSource();
        _ = Serve((_, _) => opened.SetResult());
        await using var client = await Client();
        var call = client.CallAsync(Service, "Hello", new HelloRequest(), HelloResponse.Parser);
        await opened.Task.WaitAsync(TimeSpan.FromSeconds(10));
        _guest.Close();
        await running;
        _mux.End("the microVM ended: panic");
        Assert.Equal("the microVM ended: panic", (await Assert.ThrowsAsync<TtrpcStatusException>(() => call)).Message);
    }

    [Fact]
    public async Task A_machine_that_was_told_to_end_is_told_from_one_that_broke()
    {
        await using var client = await Client();
        _mux.End("the microVM was shut down", TtrpcStatusCode.Cancelled);
        var error = await Assert.ThrowsAsync<TtrpcStatusException>(() => client.CallAsync(Service, "Hello", new HelloRequest(), HelloResponse.Parser));
        Assert.Equal((TtrpcStatusCode.Cancelled, "the microVM was shut down"), (error.Code, error.Message));
    }

    [Fact]
    public async Task A_client_before_the_guest_is_ready_waits_and_learns_why_it_never_was()
    {
        var ready = new TaskCompletionSource();
        await using var client = await Client(ready.Task);
        var call = client.CallAsync(Service, "Hello", new HelloRequest(), HelloResponse.Parser);
        _mux.End("it did not come up");
        ready.SetResult();
        Assert.Equal("it did not come up", (await Assert.ThrowsAsync<TtrpcStatusException>(() => call)).Message);
    }

    [Theory]
    [InlineData("0000000000000001030000")] // a message on stream 1, which nobody opened; one byte more
    [InlineData("00000000000000010100")] // a call by the guest
    [InlineData("7fffffff000000010300")] // a frame of 2 GiB
    [InlineData("00000000000000020300")] // an even stream
    [InlineData("00000000000000010900")] // a type that there is not
    [InlineData("000000010000000103ff00")] // flags that do not go together
    public async Task A_guest_that_does_not_keep_to_the_protocol_ends_the_machine(string hex)
    {
        var running = _mux.Run(_host, CancellationToken.None);
        await _guest.WriteAsync(Convert.FromHexString(hex));
        Assert.StartsWith("the guest does not keep to the protocol", await running.WaitAsync(TimeSpan.FromSeconds(10)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guest_that_sends_without_end_to_a_client_that_does_not_read_costs_that_client_alone()
    {
        _ = _mux.Run(_host, CancellationToken.None);
        var flood = new TaskCompletionSource<TtrpcServerStream>();
        var server = Serve((stream, payload) =>
        {
            if (payload.IsEmpty)
            {
                flood.TrySetResult(stream);
            }
            else
            {
                stream.Answer(new StatsResponse { Pids = 7 });
            }
        }, flood.Task);
        await using var deaf = await Raw();
        var request = new ArrayBufferWriter<byte>();
        TtrpcFrame.Write(request, 1, TtrpcFrameType.Request, TtrpcFrameFlags.RemoteOpen, new Contracts.Ttrpc.Wire.Request { Service = Service, Method = "Run" });
        await deaf.WriteAsync(request.WrittenMemory);
        await using var other = await Client();
        var answer = await other.CallAsync(Service, "Stats", new StatsRequest { Container = "x" }, StatsResponse.Parser).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(7u, answer.Pids);
        await server.Flooded.WaitAsync(TimeSpan.FromSeconds(20));
    }

    private FloodingServer Serve(Action<TtrpcServerStream, ByteString> answer, Task<TtrpcServerStream>? flood = null) => new(_guest, answer, flood);

    private async Task<TtrpcClient> Client(Task? ready = null) => new(await Raw(ready));

    private async Task<NetworkStream> Raw(Task? ready = null)
    {
        var (here, there) = await Pair();
        _serving.Add(_mux.Serve(there, ready ?? Task.CompletedTask));
        return here;
    }

    private Task<(NetworkStream Here, NetworkStream There)> Pair() => Rendezvous.Pair(Path.Combine(_directory, "s" + _pairs++));
}
