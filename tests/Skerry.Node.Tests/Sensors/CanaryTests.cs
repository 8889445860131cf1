using System.Diagnostics.CodeAnalysis;
using Skerry.Linux.Bpf;
using Skerry.Node.Sensors;

namespace Skerry.Node.Tests.Sensors;

/// <summary>The guard's measure of itself, on the real sensor.</summary>
public sealed class CanaryTests
{
    private const ushort ChangeDirectory = 80; // asm/unistd_64.h

    [Fact]
    [Trait("Promise", "P-147")]
    public async Task An_event_that_nobody_judges_is_an_alarm_after_a_while()
    {
        using var programs = Load();
        List<string> alarms = [];
        var canary = new Canary(alarms.Add);
        await canary.Sing(programs, TimeProvider.System);
        Assert.Equal((1, 1), (canary.Count, canary.Late));
        Assert.Contains("sees nothing", Assert.Single(alarms), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-147")]
    public async Task Of_this_processs_calls_the_one_that_measures_is_told_and_no_other()
    {
        using var programs = Load();
        var canary = new Canary(static _ => { });
        Directory.SetCurrentDirectory(Directory.GetCurrentDirectory());
        var sung = canary.Sing(programs, TimeProvider.System);
        Directory.SetCurrentDirectory(Directory.GetCurrentDirectory());
        List<(uint Container, ushort Call, uint Thread)> told = [];
        var assembler = new EventAssembler();
        programs.Ring.Drain(bytes =>
        {
            Assert.True(RecordView.TryRead(bytes, out var view));
            told.Add((view.Head.Container, view.Head.Call, view.Head.Thread));
            if (assembler.TryAssemble(view, canary.Self))
            {
                canary.Hear(assembler.Event);
            }
        });
        await sung;

        // Of one thread, for the time of one call; what the runtime has that thread do meanwhile (collections, compiling) is among it.
        Assert.All(told, static t => Assert.Equal(WatchedContainer.Canary, t.Container));
        Assert.Single(told, static t => t.Call == ChangeDirectory);
        Assert.Single(told.DistinctBy(static t => t.Thread));
        Assert.Equal(1, canary.Count);
        Assert.InRange(canary.Last, 1, Canary.Patience.Ticks * 100);

        // The first time much is compiled between the call and its judgement; how late that may be is not this test's.
        Assert.Equal(canary.Last > Canary.Promised.Ticks * 100 ? 1 : 0, canary.Late);
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "the caller disposes it")]
    private static SensorPrograms Load()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: the sensor is loaded into the kernel");
        try
        {
            return SensorPrograms.Load(SensorResource.Read(), 1 << 16, new SensorSettings { WakeBytes = 1 << 14 });
        }
        catch (BpfException error)
        {
            Assert.Skip("the sensor does not run here: " + error.Message);
            throw;
        }
    }
}
