using Skerry.Linux.Virtualization;

namespace Skerry.Linux.Tests.Virtualization;

/// <summary>What a guest's pace is judged by on a machine that does other things meanwhile.</summary>
public sealed class GuestPaceTests
{
    private const double Hardware = 1e9;
    private const double Emulation = 1e6;

    [Theory]
    [Trait("Promise", "P-183")]
    [InlineData(Hardware)]
    [InlineData(Emulation)]
    public void A_run_in_which_the_processor_was_taken_away_does_not_decide(double pace)
    {
        foreach (var interrupted in Enumerable.Range(0, 6))
        {
            var run = 0;
            var found = GuestPace.RoundsPerSecond(rounds => TimeSpan.FromSeconds(rounds / pace) + (run++ == interrupted ? TimeSpan.FromMilliseconds(200) : TimeSpan.Zero));
            Assert.InRange(found, pace * 0.99, pace * 1.01);
        }
    }

    [Fact]
    [Trait("Promise", "P-183")]
    public void A_guest_that_is_slow_is_found_to_be_within_a_moment()
    {
        var spent = TimeSpan.Zero;
        _ = GuestPace.RoundsPerSecond(rounds =>
        {
            var took = TimeSpan.FromSeconds(rounds / Emulation);
            spent += took;
            return took;
        });
        Assert.InRange(spent, TimeSpan.Zero, TimeSpan.FromSeconds(0.5));
    }
}
