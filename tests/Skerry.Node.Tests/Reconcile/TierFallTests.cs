using Skerry.Contracts.Journal.V1;
using Skerry.Contracts.Node.V1;
using Skerry.Node.Pods;
using Skerry.Node.Reconcile;

namespace Skerry.Node.Tests.Reconcile;

/// <summary>What counts as a breakdown of a pod's tier, and what counts twice.</summary>
public sealed class TierFallTests
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly PodState _pod = new(new PodRecord { Pod = new Pod() });

    [Fact]
    public void Breakdowns_in_a_row_add_up_and_an_end_of_the_programs_own_begins_anew()
    {
        TierFall.Note(_pod, "it crashed", s_start);
        TierFall.Note(_pod, "it crashed again", s_start.AddMinutes(59));
        Assert.Equal((2u, "it crashed again"), (_pod.Record.TierBreakdowns, _pod.Record.TierBreakdown));
        TierFall.Note(_pod, null, s_start.AddMinutes(60));
        Assert.Equal((0u, string.Empty), (_pod.Record.TierBreakdowns, _pod.Record.TierBreakdown));
        TierFall.Note(_pod, "once more", s_start.AddMinutes(61));
        Assert.Equal(1u, _pod.Record.TierBreakdowns);
    }

    [Fact]
    public void Breakdowns_that_lie_far_apart_do_not_add_up()
    {
        TierFall.Note(_pod, "it crashed", s_start);
        TierFall.Note(_pod, "it crashed", s_start.AddMinutes(61));
        Assert.Equal(1u, _pod.Record.TierBreakdowns);
    }

    [Fact]
    public void The_end_of_a_machine_counts_once_however_many_containers_end_with_it()
    {
        _pod.Record.Machine = new MachineRecord { Pid = 5 };
        TierFall.Note(_pod, "the microVM ended", s_start);
        TierFall.Note(_pod, "the microVM ended", s_start);
        Assert.Equal(1u, _pod.Record.TierBreakdowns);
        _pod.Record.Machine = new MachineRecord { Pid = 6 };
        TierFall.Note(_pod, "the microVM ended", s_start);
        Assert.Equal(2u, _pod.Record.TierBreakdowns);
    }
}
