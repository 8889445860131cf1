using Skerry.Node.Journal;

namespace Skerry.Node.Tests.Journal;

/// <summary>The time for verdicts, on clocks that are wrong.</summary>
public sealed class TimeFloorTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Built = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Today = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("skerry-floor-");
    private readonly WrongClock _clock = new() { Now = Today };
    private Skerry.Node.Journal.Journal _journal;
    private bool _isSynchronised;

    public TimeFloorTests() => _journal = Open();

    [Fact]
    [Trait("Promise", "P-106")]
    public void A_clock_of_1970_is_never_used()
    {
        _clock.Now = DateTimeOffset.UnixEpoch;
        var floor = Floor();
        Assert.Equal(Built, floor.Now());
        Assert.Equal(Built - DateTimeOffset.UnixEpoch, floor.Behind);
        _clock.Elapsed += TimeSpan.FromHours(2);
        Assert.Equal(Built.AddHours(2), floor.Now());
    }

    [Fact]
    [Trait("Promise", "P-106")]
    public void A_clock_that_is_ahead_is_used_and_raises_nothing_unless_the_kernel_vouches_for_it()
    {
        _clock.Now = Today.AddYears(70);
        var floor = Floor();
        Assert.Equal(Today.AddYears(70), floor.Now());
        _ = floor.Keep();
        _clock.Now = Today;
        Assert.Equal(Today, floor.Now());
        _isSynchronised = true;
        _ = floor.Keep();
        _clock.Now = Today.AddDays(-20);
        Assert.Equal(Today, floor.Now());
    }

    [Fact]
    [Trait("Promise", "P-106")]
    public async Task What_was_proven_or_kept_outlives_the_daemon()
    {
        var floor = Floor();
        await floor.Raise(Today.AddDays(3));
        Assert.Equal(Today.AddDays(3), floor.Now());
        await floor.Raise(Today.AddDays(-3));
        Assert.Equal(Today.AddDays(3), floor.Now());
        await _journal.DisposeAsync();
        _journal = Open();
        _clock.Now = DateTimeOffset.UnixEpoch;
        Assert.Equal(Today.AddDays(3), Floor().Now());
    }

    [Fact]
    [Trait("Promise", "P-106")]
    public async Task A_proven_time_that_a_clock_which_is_right_has_not_reached_is_not_believed()
    {
        var floor = Floor();
        _isSynchronised = true;
        await floor.Raise(DateTimeOffset.MaxValue);
        Assert.Equal(Today, floor.Now());
        _isSynchronised = false;
        await floor.Raise(DateTimeOffset.MaxValue);
        _clock.Elapsed += TimeSpan.FromHours(2);
        Assert.Equal(DateTimeOffset.MaxValue, floor.Now());
        await floor.Keep();
        Assert.Equal(DateTimeOffset.MaxValue, Floor().Now());
    }

    public async ValueTask DisposeAsync()
    {
        await _journal.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private TimeFloor Floor() => new(_journal, _clock, Built, () => _isSynchronised);

    private Skerry.Node.Journal.Journal Open() => Skerry.Node.Journal.Journal.Open(Path.Combine(_directory.FullName, "journal.db"));

    private sealed class WrongClock : TimeProvider
    {
        internal DateTimeOffset Now { get; set; }

        internal TimeSpan Elapsed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => Elapsed.Ticks;
    }
}
