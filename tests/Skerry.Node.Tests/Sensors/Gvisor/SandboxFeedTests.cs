using Skerry.Guard.Events;
using Skerry.Linux;
using Skerry.Linux.Network;
using Skerry.Linux.Processes;
using Skerry.Node.Sensors;
using Skerry.Node.Sensors.Gvisor;

namespace Skerry.Node.Tests.Sensors.Gvisor;

/// <summary>Sandboxes that tell something over real sockets, honest and hostile.</summary>
public sealed class SandboxFeedTests : IDisposable
{
    private static readonly byte[] Greeting = [0x08, 0x01];
    private static readonly long Start = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-feed-").FullName;
    private readonly ProcessTable _processes = new();
    private readonly List<uint> _told = [];
    private readonly FeedDesk _desk = new(1000);

    [Fact]
    public void What_was_told_before_the_container_is_known_is_told_afterwards()
    {
        var feed = Listen("a");
        using var sandbox = Call(feed);
        Assert.True(MessageSocket.TrySend(sandbox, Message(1)));
        _desk.Drain();
        Assert.Equal(0, feed.Told);
        Begin(feed, 1);
        Until(() => feed.Told == 1);
        Assert.Equal([1u], _told.Distinct());
    }

    [Fact]
    public void What_comes_on_the_socket_of_a_container_is_of_that_container()
    {
        var (first, second) = (Listen("a"), Listen("b"));
        Begin(first, 1);
        Begin(second, 2);
        using var sandbox = Call(second);
        Assert.True(MessageSocket.TrySend(sandbox, Message(1)));
        Until(() => second.Told == 1);
        Assert.Equal([2u], _told.Distinct());
        Assert.Equal(0, first.Told);
    }

    [Fact]
    public void Losses_are_counted_once_from_what_heads_say_and_begin_anew_with_another_end()
    {
        var feed = Listen("a");
        Begin(feed, 1);
        using var sandbox = Call(feed);
        foreach (var dropped in (uint[])[0, 5, 5, 12])
        {
            Assert.True(MessageSocket.TrySend(sandbox, Message(1, dropped)));
        }

        using var again = Call(feed);
        Assert.True(MessageSocket.TrySend(again, Message(1, 2)));
        Until(() => feed.Told == 5);
        Assert.Equal(14, feed.Lost);
    }

    [Fact]
    public void A_hostile_sandbox_costs_its_own_messages_and_nothing_else()
    {
        var (hostile, honest) = (Listen("a"), Listen("b"));
        Begin(hostile, 1);
        Begin(honest, 2);
        using var bad = Call(hostile);
        using var good = Call(honest);
        byte[][] frames = [[1], [0, 0, 0, 0, 0, 0, 0, 0], [0xFF, 0xFF, 1, 0, 0, 0, 0, 0], [8, 0, 1, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF], [8, 0, 7, 0, 0, 0, 0, 0, 0x0A, 0x7F]];
        foreach (var frame in frames)
        {
            Assert.True(MessageSocket.TrySend(bad, frame));
        }

        Assert.True(MessageSocket.TrySend(bad, new byte[SandboxFeed.LongestMessage + 1]));
        Assert.True(MessageSocket.TrySend(good, Message(1)));
        Until(() => honest.Told == 1 && hostile.Unreadable == frames.Length && hostile.Lost == 1);
        Assert.Equal([2u], _told.Distinct());
        Assert.True(hostile.IsConnected);
    }

    [Fact]
    public void Who_does_not_say_a_version_is_hung_up_on()
    {
        var feed = Listen("a");
        Begin(feed, 1);
        using var caller = MessageSocket.Call(feed.Path);
        Assert.True(MessageSocket.TrySend(caller, [0x08, 0x00]));
        Until(() => MessageSocket.TryReceive(caller, new byte[16]) == 0);
        Assert.False(feed.IsConnected);
    }

    [Fact]
    public void A_sandbox_that_tells_too_much_is_not_read_until_the_next_second_and_others_are()
    {
        var (flood, calm) = (Listen("a"), Listen("b"));
        Begin(flood, 1);
        Begin(calm, 2);
        using var much = Call(flood);
        using var little = Call(calm);
        Until(() =>
        {
            while (MessageSocket.TrySend(much, Message(1)))
            {
            }

            return _desk.IsPaused;
        });
        Assert.InRange(flood.Told, 1, 1000);
        Assert.True(MessageSocket.TrySend(little, Message(1)));
        Until(() => calm.Told == 1);
        var told = flood.Told;
        _desk.Drain();
        Assert.Equal(told, flood.Told);
        _desk.Resume();
        Assert.False(_desk.IsPaused);
    }

    [Fact]
    public void A_sandbox_that_ends_is_heard_out_and_its_socket_is_gone()
    {
        var feed = Listen("a");
        Begin(feed, 1);
        var sandbox = Call(feed);
        Assert.True(MessageSocket.TrySend(sandbox, Message(1)));
        sandbox.Dispose();
        _desk.Finish(feed);
        Assert.Equal(1, feed.Told);
        Assert.False(File.Exists(feed.Path));
        Assert.Null(_desk.File);
    }

    public void Dispose()
    {
        _desk.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static byte[] Message(int process, uint dropped = 0) => PointBytes.By(process, "sh", Start).Returned(0).Number(3, 105).Framed(PointKind.SetId, dropped);

    private SandboxFeed Listen(string id)
    {
        var feed = new SandboxFeed(id, Path.Combine(_directory, id));
        _desk.Add(feed);
        return feed;
    }

    private FileDescriptor Call(SandboxFeed feed)
    {
        var called = MessageSocket.Call(feed.Path);
        Assert.True(MessageSocket.TrySend(called, Greeting));
        var answer = new byte[16];
        Until(() => MessageSocket.TryReceive(called, answer) is 2);
        Assert.Equal(Greeting, answer[..2]);
        return called;
    }

    private void Begin(SandboxFeed feed, uint number) => _desk.Begin(feed, new PointTranslator(
        new SensedContainer
        {
            Number = number,
            Id = feed.Id,
            PodId = feed.Id,
            PidNamespace = 0,
            HasOwnKernel = true,
            First = new ProcessIdentity(0, 0),
            Facts = new ContainerFacts { Name = feed.Id },
            Users = UserBook.At("/nowhere", null),
        },
        _processes,
        bytes =>
        {
            Assert.True(RecordView.TryRead(bytes, out var view));
            _told.Add(view.Head.Container);
        }));

    private void Until(Func<bool> isSo)
    {
        const int Turns = 100_000;
        for (var i = 0; i < Turns; i++)
        {
            if (isSo())
            {
                return;
            }

            _desk.Drain();
        }

        Assert.Fail("it did not come to that");
    }
}
