using Skerry.Node.Sensors.Recording;

namespace Skerry.Node.Tests.Sensors.Recording;

/// <summary>What does not work is told once, and once when it works again.</summary>
public sealed class TroubleTests
{
    private readonly List<string?> _told = [];
    private readonly Hands _clock = new();

    [Fact]
    public void It_is_told_once_when_it_begins_and_once_when_it_is_over()
    {
        var trouble = new Trouble(_clock, _told.Add);
        foreach (var problem in new[] { null, "full", "full", "fuller", null, null })
        {
            trouble.Note(problem);
        }

        Assert.Equal(["full", null], _told);
    }

    [Fact]
    public void One_that_comes_and_goes_is_told_once_a_minute_and_one_that_stays_then()
    {
        var trouble = new Trouble(_clock, _told.Add);
        for (var i = 0; i < 100; i++)
        {
            trouble.Note("full");
            trouble.Note(null);
        }

        Assert.Equal(["full", null], _told);
        trouble.Note("full again");
        _clock.Now += TimeSpan.FromMinutes(1).Ticks;
        trouble.Note("full still");
        Assert.Equal(["full", null, "full still"], _told);
    }

    private sealed class Hands : TimeProvider
    {
        internal long Now { get; set; } = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}
