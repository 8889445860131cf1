using CsCheck;
using Skerry.Contracts.Ttrpc;

namespace Skerry.Contracts.Tests.Ttrpc;

/// <summary>What may be on the way, counted on both sides.</summary>
public sealed class TtrpcCreditTests
{
    [Fact]
    public void A_sender_that_keeps_to_it_is_never_refused_and_always_goes_on() =>
        Gen.Int[0, 40_000].Array[1, 200].Sample(static lengths =>
        {
            var (sender, receiver) = (new TtrpcCredit(), new TtrpcCredit());
            var underway = new Queue<int>();
            foreach (var length in lengths)
            {
                while (sender.Available < length || sender.Available == 0)
                {
                    // It is the receiver's turn: what it gives back lets the sender go on.
                    Assert.True(underway.TryDequeue(out var consumed), "the sender waits and nothing is on the way");
                    sender.Return(receiver.Consume(consumed));
                }

                sender.Spend(length);
                receiver.Receive(length);
                underway.Enqueue(length);
            }
        });

    [Fact]
    public void A_sender_that_goes_beyond_the_window_is_found_out()
    {
        var receiver = new TtrpcCredit();
        receiver.Receive(TtrpcCredit.Window);
        Assert.Throws<TtrpcException>(() => receiver.Receive(0));

        var many = new TtrpcCredit();
        for (var i = 0; i < TtrpcCredit.Window / TtrpcCredit.LeastCost; i++)
        {
            many.Receive(1);
        }

        Assert.Throws<TtrpcException>(() => many.Receive(1));
    }

    [Fact]
    public void Credit_that_was_never_spent_is_refused()
    {
        var sender = new TtrpcCredit();
        sender.Spend(1000);
        sender.Return(400);
        Assert.Throws<TtrpcException>(() => sender.Return(601));
        Assert.Throws<TtrpcException>(() => sender.Return(uint.MaxValue));
    }
}
