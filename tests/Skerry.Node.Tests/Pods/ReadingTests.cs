using Google.Protobuf.WellKnownTypes;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Pods;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Tests.Pods;

public sealed class ReadingTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Network_bytes_are_those_of_all_interfaces_but_the_loopback()
    {
        const string text = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo: 1000 10 0 0 0 0 0 0 1000 10 0 0 0 0 0 0
              eth0: 70 1 0 0 0 0 0 0 30 1 0 0 0 0 0 0
              eth1:5 1 0 0 0 0 0 0 6 1 0 0 0 0 0 0
            """;
        Assert.Equal(new NetworkCounters(75, 36), NetworkCounters.Parse(text));
    }

    [Theory]
    [InlineData("web", true)]
    [InlineData("web/front", true)]
    [InlineData("front", true)]
    [InlineData("abcd", true)]
    [InlineData("1234", true)]
    [InlineData("abc", false)]
    [InlineData("web/back", false)]
    [InlineData("we", false)]
    [InlineData("", true)]
    public void Events_are_found_by_each_name_of_their_container(string asked, bool found)
    {
        var happened = new Event { PodId = "abcdef", PodName = "web", ContainerId = "123456", ContainerName = "front", Time = Timestamp.FromDateTimeOffset(Noon) };
        Assert.Equal(found, new EventFilter(asked, null, null).Matches(happened));
    }

    [Fact]
    public void Events_outside_the_time_that_was_asked_for_are_left_out()
    {
        var happened = new Event { Time = Timestamp.FromDateTimeOffset(Noon) };
        Assert.True(new EventFilter("", Noon, Noon).Matches(happened));
        Assert.False(new EventFilter("", Noon.AddSeconds(1), null).Matches(happened));
        Assert.False(new EventFilter("", null, Noon.AddSeconds(-1)).Matches(happened));
    }

    [Fact]
    public void An_update_leaves_what_it_does_not_name()
    {
        var after = PodUpdater.Join(new Resources { MemoryBytes = 64 << 20, Pids = 10, CpuMillis = 500 }, new Resources { Pids = 20 });
        Assert.Equal(new Resources { MemoryBytes = 64 << 20, Pids = 20, CpuMillis = 500 }, after);
        Assert.Equal(new Resources { Pids = -1 }, PodUpdater.Join(null, new Resources { Pids = -1 }));
    }

    [Fact]
    public void An_update_to_more_memory_than_memory_and_swap_is_refused()
    {
        var error = Assert.Throws<PodException>(() => PodUpdater.Join(new Resources { MemoryBytes = 10, MemorySwapBytes = 20 }, new Resources { MemoryBytes = 30 }));
        Assert.Equal(PodFailure.Invalid, error.Failure);
        Assert.Throws<PodException>(() => PodUpdater.Join(null, new Resources { CpuMillis = -1 }));
    }
}
