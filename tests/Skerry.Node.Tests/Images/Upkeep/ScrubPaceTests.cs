using Skerry.Node.Images.Upkeep;

namespace Skerry.Node.Tests.Images.Upkeep;

/// <summary>How fast a scrub in the background may be, with a clock that only waiting moves.</summary>
public sealed class ScrubPaceTests
{
    private readonly Clock _clock = new();
    private readonly List<TimeSpan> _waits = [];
    private string? _busy;

    [Fact]
    public void It_reads_no_more_a_second_than_it_may()
    {
        var pace = Pace(1 << 20);
        for (var i = 0; i < 64; i++)
        {
            pace.Took(256 << 10, CancellationToken.None);
        }

        // 16 MiB at 1 MiB a second; the first portion is free.
        Assert.InRange(_waits.Sum(static w => w.TotalSeconds), 15, 16);
    }

    [Fact]
    public void It_waits_while_the_machine_is_busy_and_says_why_and_does_not_catch_up_afterwards()
    {
        var pace = Pace(1 << 20);
        _busy = "the machine runs on its battery";
        var looked = 0;
        void Wait(TimeSpan time)
        {
            Assert.Equal(_busy, pace.Waits);
            looked += _busy is null ? 0 : 1;
            _busy = looked == 3 ? null : _busy;
        }

        _onWait = Wait;
        pace.Took(1 << 20, CancellationToken.None);
        Assert.Equal(3, looked);
        Assert.Null(pace.Waits);
        _onWait = null;
        _waits.Clear();
        for (var i = 0; i < 8; i++)
        {
            pace.Took(1 << 20, CancellationToken.None);
        }

        Assert.InRange(_waits.Sum(static w => w.TotalSeconds), 7, 9);
    }

    private Action<TimeSpan>? _onWait;

    private ScrubPace Pace(long rate) => new(rate, () => _busy, _clock, (time, _) =>
    {
        _waits.Add(time);
        _clock.Pass(time);
        _onWait?.Invoke(time);
    });

    private sealed class Clock : TimeProvider
    {
        private long _ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Pass(TimeSpan time) => _ticks += time.Ticks;
    }
}
