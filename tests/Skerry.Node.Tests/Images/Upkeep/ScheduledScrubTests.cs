using Skerry.Node.Images;
using Skerry.Node.Images.Pulling;
using Skerry.Node.Images.Upkeep;
using Skerry.Node.Tests.Images.Pulling;
using Skerry.Oci.Distribution;

namespace Skerry.Node.Tests.Images.Upkeep;

/// <summary>Images that are read again by themselves: what is found, and what a restart in the middle costs.</summary>
[Trait("Promise", "P-158")]
public sealed class ScheduledScrubTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("skerry-scrub").FullName;

    public ScheduledScrubTests() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: layers keep owners, whiteouts and trusted attributes");

    private string File => Path.Combine(_directory, "scrub");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_layer_that_rotted_is_marked_and_nothing_starts_from_it_until_it_is_right_again()
    {
        using var fixture = new StoreFixture();
        var image = await ImageIntakeTests.Take(fixture, ImageIntakeTests.Image());
        var layer = image.Layers[0].Name;
        var file = Directory.EnumerateFiles(Path.Combine(fixture.LayersPath, layer, "fs"), "*", SearchOption.AllDirectories).First(static f => new FileInfo(f) is { LinkTarget: null, Length: > 0 });
        var bytes = await System.IO.File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        var found = new List<ScrubFinding>();
        var scrub = Scrub(fixture, found);
        bytes[0] ^= 1;
        await System.IO.File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        await scrub.Pass(scrub.State, TestContext.Current.CancellationToken);
        Assert.Contains("has other content", Assert.Single(found).Problem, StringComparison.Ordinal);
        Assert.Contains("has other content", Assert.Single(scrub.State.Findings), StringComparison.Ordinal);

        // Also after a restart, and though a start would find nothing wrong in what memory holds.
        bytes[0] ^= 1;
        await System.IO.File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        fixture.Reopen();
        var refused = await Assert.ThrowsAsync<ImageException>(() => fixture.Store.Gate.CheckAsync(layer, "shop/web:1", CancellationToken.None));
        Assert.Contains("a scrub found its layer", refused.Message, StringComparison.Ordinal);
        Assert.Equal("skerry image scrub --repair shop/web:1", refused.Next);

        found.Clear();
        scrub = Scrub(fixture, found);
        await scrub.Pass(scrub.State, TestContext.Current.CancellationToken);
        Assert.Empty(found);
        Assert.Empty(scrub.State.Findings);
        await fixture.Store.Gate.CheckAsync(layer, "shop/web:1", CancellationToken.None);
    }

    [Fact]
    public async Task A_pass_that_a_restart_interrupts_goes_on_with_what_it_has_not_been_through()
    {
        using var fixture = new StoreFixture();
        var image = await ImageIntakeTests.Take(fixture, ImageIntakeTests.Image());
        using var stop = new CancellationTokenSource();
        var read = 0;
        var scrub = Scrub(fixture, [], () => ++read > 3 ? Stop(stop) : null);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scrub.Pass(scrub.State, stop.Token));
        var kept = scrub.State;
        Assert.NotNull(kept.Begun);
        Assert.NotEmpty(kept.Passed);
        var before = kept.Passed.Count;

        ScrubSummary? rest = null;
        var again = Scrub(fixture, []);
        again.Ended = summary => rest = summary;
        await again.Pass(again.State, TestContext.Current.CancellationToken);
        Assert.Null(again.State.Begun);
        Assert.NotNull(again.State.Ended);
        Assert.Empty(again.State.Passed);

        ScrubSummary? whole = null;
        again.Ended = summary => whole = summary;
        await again.Pass(again.State, TestContext.Current.CancellationToken);
        Assert.True(rest!.Blobs + rest.Files < whole!.Blobs + whole.Files, $"{rest} and {whole}; {before} were through");
        Assert.NotEmpty(image.Layers);
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(6, false)]
    [InlineData(null, false)]
    public async Task A_pass_is_made_when_it_is_due_and_no_other(int? daysAgo, bool isDue)
    {
        using var fixture = new StoreFixture();
        _ = await ImageIntakeTests.Take(fixture, ImageIntakeTests.Image());
        if (daysAgo is { } days)
        {
            ScrubState.Load(File).End(TimeProvider.System.GetUtcNow().AddDays(-days));
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var (passes, waits) = (0, 0);
        var clock = new Impatient(time => Interlocked.Increment(ref waits) > 3 ? stop.Cancel : null);
        var scrub = new ScheduledScrub(new ImageScrubber(fixture.Store, new ImagePuller(fixture.Store, new RegistryOptions())), File, TimeSpan.FromDays(7), 1L << 40, static () => null, clock)
        {
            Ended = _ => passes++,
        };
        await scrub.Run(stop.Token);
        Assert.Equal(isDue ? 1 : 0, passes);
        Assert.NotNull(scrub.State.Ended);
    }

    [Theory]
    [InlineData("")]
    [InlineData("another thing\nended 1\n")]
    [InlineData("skerry-scrub 1\nended x\nbegun 99999999999999\nwhat\n\n")]
    [InlineData("skerry-scrub 1\nended 253402300799\n")]
    public void What_is_no_state_is_as_before_the_first_pass(string text)
    {
        System.IO.File.WriteAllText(File, text);
        var state = ScrubState.Load(File);
        Assert.Equal((null, null, 0, 0), (state.Ended, state.Begun, state.Passed.Count, state.Findings.Count));
    }

    private static string? Stop(CancellationTokenSource stop)
    {
        stop.Cancel();
        return "stopped";
    }

    private ScheduledScrub Scrub(StoreFixture fixture, List<ScrubFinding> found, Func<string?>? whyBusy = null) =>
        new(new ImageScrubber(fixture.Store, new ImagePuller(fixture.Store, new RegistryOptions())), File, TimeSpan.FromDays(7), 1L << 40, whyBusy ?? (static () => null), new Hasty())
        {
            Found = found.Add,
        };

    /// <summary>A clock whose timers fire at once, until it is told what to do instead.</summary>
    private sealed class Impatient(Func<TimeSpan, Action?> instead) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var other = dueTime == Timeout.InfiniteTimeSpan ? null : instead(dueTime);
            if (other is not null)
            {
                other();
            }

            return System.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan || other is not null ? Timeout.InfiniteTimeSpan : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>A clock by which every look is due.</summary>
    private sealed class Hasty : TimeProvider
    {
        private long _ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Add(ref _ticks, TimeSpan.TicksPerMinute);
    }
}
