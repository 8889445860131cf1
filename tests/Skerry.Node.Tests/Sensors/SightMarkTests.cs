using Skerry.Linux;
using Skerry.Node.Sensors;

namespace Skerry.Node.Tests.Sensors;

/// <summary>The next daemon knows until when this one saw.</summary>
public sealed class SightMarkTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("skerry-sight-").FullName;

    private string Mark => Path.Combine(_root, "sight");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void It_is_known_until_when_the_last_one_saw_and_whether_it_was_stopped()
    {
        var first = new SightMark(Mark, TimeProvider.System);
        Assert.Equal((null, false), (first.Last, first.WasOrderly));
        var before = KernelClock.Realtime;
        first.Sees();
        var killed = new SightMark(Mark, TimeProvider.System);
        Assert.InRange(killed.Last!.Value, before, KernelClock.Realtime);
        Assert.False(killed.WasOrderly);
        first.Ends();
        var stopped = new SightMark(Mark, TimeProvider.System);
        Assert.InRange(stopped.Last!.Value, killed.Last.Value, KernelClock.Realtime);
        Assert.True(stopped.WasOrderly);
    }

    [Fact]
    public void It_is_not_written_each_time_that_it_is_said()
    {
        var mark = new SightMark(Mark, TimeProvider.System);
        mark.Sees();
        var written = File.ReadAllText(Mark);
        mark.Sees();
        Assert.Equal(written, File.ReadAllText(Mark));
    }

    [Theory]
    [InlineData("")]
    [InlineData("running\n")]
    [InlineData("99999999999999999999999999 running\n")]
    [InlineData("-5 running\n")]
    public void What_is_no_mark_is_none(string text)
    {
        File.WriteAllText(Mark, text);
        Assert.Null(new SightMark(Mark, TimeProvider.System).Last);
    }
}
