using CsCheck;
using Skerry.Vmm.Hold;

namespace Skerry.Vmm.Tests.Hold;

public sealed class StreamMapTests
{
    private readonly StreamMap<string> _map = new();

    [Fact]
    public void Streams_of_equal_numbers_of_two_clients_are_two_at_the_guest()
    {
        Assert.True(_map.TryOpen("a", 1, isClosed: false, out var first));
        Assert.True(_map.TryOpen("b", 1, isClosed: false, out var second));
        Assert.Equal((1u, 3u), (first, second));
        Assert.Equal(("b", 1u), _map.FromGuest(second, ends: false));
        Assert.Equal(first, _map.ToGuest("a", 1, closes: false));
    }

    [Fact]
    public void What_has_ended_is_nobodys_and_is_no_fault()
    {
        _map.TryOpen("a", 1, isClosed: false, out var guest);
        Assert.NotNull(_map.FromGuest(guest, ends: true));
        Assert.Null(_map.FromGuest(guest, ends: false));
        Assert.Null(_map.ToGuest("a", 1, closes: false));
    }

    [Fact]
    public void A_guest_that_sends_on_a_stream_that_nobody_opened_is_found_out() =>
        Assert.Throws<InvalidOperationException>(() => _map.FromGuest(1, ends: false));

    [Fact]
    public void A_client_that_goes_on_after_it_closed_is_found_out_before_the_guest_sees_it()
    {
        _map.TryOpen("a", 1, isClosed: false, out _);
        Assert.NotNull(_map.ToGuest("a", 1, closes: true));
        Assert.Throws<InvalidOperationException>(() => _map.ToGuest("a", 1, closes: false));
    }

    [Fact]
    public void A_client_that_leaves_has_its_open_streams_closed_and_what_still_comes_for_them_is_dropped()
    {
        _map.TryOpen("a", 1, isClosed: false, out var open);
        _map.TryOpen("a", 3, isClosed: true, out var call);
        _map.TryOpen("b", 1, isClosed: false, out var other);
        Assert.Equal([open], _map.Leave("a"));
        Assert.Null(_map.FromGuest(open, ends: false));
        Assert.Null(_map.FromGuest(call, ends: true));
        Assert.Equal(("b", 1u), _map.FromGuest(other, ends: false));
        Assert.Equal(2, _map.Count);
    }

    [Fact]
    public void There_are_never_more_streams_than_the_guest_takes()
    {
        for (var i = 0u; i < StreamMap<string>.MaxStreams; i++)
        {
            Assert.True(_map.TryOpen("a", (2 * i) + 1, isClosed: false, out _));
        }

        Assert.False(_map.TryOpen("b", 1, isClosed: false, out _));
        _map.FromGuest(1, ends: true);
        Assert.True(_map.TryOpen("b", 1, isClosed: false, out var next));
        Assert.Equal((2u * StreamMap<string>.MaxStreams) + 1, next);
    }

    [Fact]
    public void Numbers_at_the_guest_rise_whatever_clients_do() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 4]).Array[200].Sample(steps =>
        {
            var map = new StreamMap<string>();
            var last = 0u;
            var stream = 1u;
            foreach (var (who, what) in steps)
            {
                var client = "c" + who;
                if (what > 1)
                {
                    if (map.TryOpen(client, stream, isClosed: what == 2, out var guest))
                    {
                        Assert.True(guest > last && guest % 2 == 1);
                        last = guest;
                    }

                    stream += 2;
                }
                else if (what == 1)
                {
                    map.Leave(client);
                }
                else if (last > 0)
                {
                    map.FromGuest(last, ends: true);
                }
            }
        });
}
