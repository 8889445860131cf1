using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Skerry.Guard.Events;
using Skerry.Guard.Recorder;
using Skerry.Linux.Mounts;
using Skerry.Node.Configuration;
using Skerry.Node.Sensors.Alerts;
using Skerry.Node.Sensors.Captures;
using Skerry.Node.Sensors.Recording;

namespace Skerry.Node.Tests.Sensors.Captures;

/// <summary>Captures on a real disk: what was asked for is made, also when the daemon ended before its time.</summary>
public sealed class CaptureDeskTests : IDisposable
{
    private const string Container = "c1";

    private readonly string _root = Directory.CreateTempSubdirectory("skerry-capture-").FullName;
    private readonly List<string> _failures = [];
    private readonly FlightRecorder _recorder;
    private int _failed;
    private readonly long _time = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    public CaptureDeskTests()
    {
        _recorder = new FlightRecorder(new RecordOptions { Quota = 8 << 20, Reserve = 0, Flush = TimeSpan.FromHours(1) }, Path.Combine(_root, "record"), TimeProvider.System, NullLogger.Instance);
        var e = new KernelEvent();
        e.Begin(EventTypes.Get("write"));
        (e.Number, e.Timestamp) = (1, _time);
        e.Process = new ProcessFacts { Name = "sh", Pid = 1, Container = new ContainerFacts { Id = Container, FullId = Container, Name = Container } };
        _recorder.Append(e);
    }

    private string Captures => Path.Combine(_root, "captures");

    private string[] Orders => Directory.Exists(Captures) ? Directory.GetFiles(Captures, "*" + CaptureOrder.Ending) : [];

    public void Dispose()
    {
        _recorder.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task A_capture_that_was_asked_for_before_the_daemon_ended_is_made_when_it_is_there_again()
    {
        // The first daemon ends within the hour that it waits.
        var alert = Alert();
        Desk(seconds: 3600).Take(alert);
        await Until(() => Orders is [var path] && CaptureOrder.Read(path) is not null);

        var desk = Desk(seconds: 0);
        desk.Resume();
        await Until(() => desk.List().Count == 1 && Orders.Length == 0);
        var capture = Assert.Single(desk.List());
        Assert.Equal((alert.Id, alert.Time, alert.Rule, Container), (capture.Id, capture.Time, capture.Rule, capture.Container));
        Assert.Equal([1], Numbers(capture.Directory));
        Assert.Equal(alert.Json, await File.ReadAllBytesAsync(Path.Combine(capture.Directory, "alert.json"), TestContext.Current.CancellationToken));
        Assert.Empty(_failures);
    }

    [Fact]
    public async Task An_order_that_cannot_be_read_is_told_and_cleared_away_as_one_that_is_done_is()
    {
        var desk = Desk(seconds: 0);
        desk.Take(Alert());
        await Until(() => desk.List().Count == 1 && Orders.Length == 0);
        await File.WriteAllBytesAsync(Path.Combine(Captures, desk.List()[0].Id + CaptureOrder.Ending), Alert().Json, TestContext.Current.CancellationToken);
        var spoilt = Guid.NewGuid();
        await File.WriteAllTextAsync(Path.Combine(Captures, spoilt + CaptureOrder.Ending), "{\"rule\":\"x", TestContext.Current.CancellationToken);
        desk.Resume();
        Assert.Empty(Orders);
        Assert.Single(desk.List());
        Assert.StartsWith($"events around alert {spoilt} are not kept: ", Assert.Single(_failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_daemon_left_half_made_is_cleared_away_and_an_order_among_it_is_told()
    {
        var (order, capture) = (Guid.NewGuid(), Guid.NewGuid());
        Directory.CreateDirectory(Path.Combine(Captures, capture + ".new"));
        await File.WriteAllTextAsync(Path.Combine(Captures, capture + ".new", "alert.json"), "{", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(Captures, order + CaptureOrder.Ending + ".new"), "{", TestContext.Current.CancellationToken);
        Desk(seconds: 0).Resume();
        Assert.Empty(Directory.EnumerateFileSystemEntries(Captures));
        Assert.StartsWith($"events around alert {order} are not kept: ", Assert.Single(_failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_capture_that_finds_no_room_is_told_and_leaves_nothing()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: a small file system is mounted");
        MountTable.Mount("tmpfs", Directory.CreateDirectory(Captures).FullName, "tmpfs", MountTable.Options.NoSetuid, "size=8k");
        try
        {
            var alert = Alert();
            Desk(seconds: 0).Take(alert);
            await Until(() => Volatile.Read(ref _failed) == 1 && !Directory.EnumerateFileSystemEntries(Captures).Any());
            Assert.StartsWith($"events around alert {alert.Id} of rule Shell are not kept: ", Assert.Single(_failures), StringComparison.Ordinal);
        }
        finally
        {
            MountTable.Detach(Captures);
        }
    }

    [Theory]
    [InlineData("""{"rule":"Shell","skerry":{"container":"c","pod":"p","event_ns":1.5}}""")]
    [InlineData("""{"rule":"Shell","skerry":{"container":"c","pod":"p","event_ns":99999999999999999999}}""")]
    [InlineData("""{"rule":"\ud800","skerry":{"container":"c","pod":"p","event_ns":1}}""")]
    public void A_capture_that_somebody_spoilt_does_not_hide_the_others(string alert)
    {
        var spoilt = Directory.CreateDirectory(Path.Combine(Captures, Guid.NewGuid().ToString())).FullName;
        File.WriteAllText(Path.Combine(spoilt, "alert.json"), alert);
        var whole = Directory.CreateDirectory(Path.Combine(Captures, Guid.NewGuid().ToString())).FullName;
        File.WriteAllBytes(Path.Combine(whole, "alert.json"), Alert().Json);
        Assert.Equal(whole, Assert.Single(Desk(seconds: 0).List()).Directory);
    }

    private static async Task Until(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            await Task.Delay(10, patience.Token);
        }
    }

    private static List<ulong> Numbers(string directory)
    {
        List<ulong> numbers = [];
        var e = new KernelEvent();
        foreach (var block in new RecordDirectory(directory).Read(new RecordSelection()))
        {
            var reader = new BlockReader(block);
            while (reader.Read(e))
            {
                numbers.Add(e.Number);
            }
        }

        return numbers;
    }

    private CaptureDesk Desk(int seconds) => new(Captures, new GuardOptions { CaptureSeconds = seconds, CaptureQuota = 8 << 20 }, _recorder, TimeProvider.System, why =>
    {
        _failures.Add(why);
        Interlocked.Increment(ref _failed);
    });

    private Alert Alert() => new(
        Guid.NewGuid(), _time, "Shell", "Warning", "syscall", [], "A shell", Container, Container, "web", default,
        Encoding.UTF8.GetBytes($$"""{"rule":"Shell","skerry":{"container_id":"{{Container}}","container":"{{Container}}","pod":"web","event_ns":{{_time}} } }"""));
}
