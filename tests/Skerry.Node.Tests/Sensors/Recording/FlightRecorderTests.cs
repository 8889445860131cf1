using Microsoft.Extensions.Logging.Abstractions;
using Skerry.Guard.Events;
using Skerry.Guard.Recorder;
using Skerry.Node.Configuration;
using Skerry.Node.Sensors.Recording;

namespace Skerry.Node.Tests.Sensors.Recording;

/// <summary>The recorder on a real disk: what is appended is there, within its quota, also after what a power cut leaves.</summary>
public sealed class FlightRecorderTests : IDisposable
{
    private static readonly RecordOptions Usual = new() { Quota = 8 << 20, Reserve = 0, Flush = TimeSpan.FromHours(1) };

    private readonly string _root = Directory.CreateTempSubdirectory("skerry-record-").FullName;

    private string Record => Path.Combine(_root, "record");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task What_is_appended_is_on_disk_once_it_is_flushed()
    {
        using var recorder = Open(Usual);
        for (var i = 1; i <= 1000; i++)
        {
            recorder.Append(Event(i));
        }

        await recorder.Flush();
        Assert.Equal(Enumerable.Range(1, 1000).Select(static n => (ulong)n), Numbers());
        Assert.Equal((1000UL, 0UL, null), (recorder.State.Events, recorder.State.Lost, recorder.State.Stopped));
        Assert.Equal(new FileInfo(Assert.Single(recorder.Directory.Segments())).Length, recorder.State.Bytes);
    }

    [Fact]
    public void What_was_not_flushed_is_written_when_the_recorder_ends()
    {
        using (var recorder = Open(Usual))
        {
            recorder.Append(Event(1));
        }

        Assert.Equal([1], Numbers());
    }

    [Fact]
    public async Task What_is_old_is_written_without_being_asked_for()
    {
        using var recorder = Open(Usual with { Flush = TimeSpan.FromMilliseconds(50) });
        recorder.Append(Event(1));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (Numbers().Count == 0)
        {
            await Task.Delay(10, patience.Token);
        }
    }

    [Fact]
    public async Task The_recorder_goes_on_where_the_last_one_ended()
    {
        using (var first = Open(Usual))
        {
            first.Append(Event(1));
        }

        using var second = Open(Usual);
        second.Append(Event(2));
        await second.Flush();
        Assert.Equal([1, 2], Numbers());
        Assert.Single(second.Directory.Segments());
        Assert.Equal([1, 2], Blocks().Select(static b => b.Head.Sequence));
    }

    [Fact]
    [Trait("Promise", "P-96")]
    public async Task What_a_power_cut_left_of_a_block_is_cut_off()
    {
        using (var first = Open(Usual))
        {
            first.Append(Event(1));
            await first.Flush();
            first.Append(Event(2));
        }

        var segment = Assert.Single(Directory.GetFiles(Record));
        using (var file = new FileStream(segment, FileMode.Open))
        {
            file.SetLength(file.Length - 5);
        }

        using var second = Open(Usual);
        second.Append(Event(3));
        await second.Flush();
        Assert.Equal([1, 3], Numbers());
        Assert.Equal([1, 2], Blocks().Select(static b => b.Head.Sequence));
    }

    [Fact]
    public void A_segment_in_which_no_block_is_whole_is_used_again()
    {
        Directory.CreateDirectory(Record);
        File.WriteAllBytes(Path.Combine(Record, "0000000000000007.skr"), [0x53, 0x4B, 0x52]);
        using (var recorder = Open(Usual))
        {
            recorder.Append(Event(1));
        }

        Assert.Equal([7], Blocks().Select(static b => b.Head.Sequence));
        Assert.Equal("0000000000000007.skr", Path.GetFileName(Assert.Single(Directory.GetFiles(Record))));
    }

    [Fact]
    public void A_file_that_is_no_segment_is_left_alone()
    {
        Directory.CreateDirectory(Record);
        File.WriteAllBytes(Path.Combine(Record, "zz.skr"), [1, 2, 3]);
        using (var recorder = Open(Usual))
        {
            recorder.Append(Event(1));
        }

        Assert.Equal([1], Blocks().Select(static b => b.Head.Sequence));
        Assert.Equal(3, new FileInfo(Path.Combine(Record, "zz.skr")).Length);
    }

    [Fact]
    public async Task A_block_that_is_larger_than_a_segment_is_a_segment_of_its_own()
    {
        Directory.CreateDirectory(Record);
        File.WriteAllBytes(Path.Combine(Record, "0000000000000007.skr"), []);
        using var recorder = Open(Usual with { Quota = 1 << 20 });
        for (var i = 1; i <= 2; i++)
        {
            var e = Event(i);
            var data = new byte[400_000];
            new Random(i).NextBytes(data);
            e.SetArgument(1, data);
            recorder.Append(e);
            await recorder.Flush();
            Assert.Equal((i, i), (recorder.State.Segments, Directory.GetFiles(Record).Length));
        }

        Assert.Equal([1, 2], Numbers());
        Assert.Equal([7, 8], Blocks().Select(static b => b.Head.Sequence));
    }

    [Fact]
    public async Task The_oldest_events_go_when_the_quota_is_used_up()
    {
        var quota = Usual with { Quota = 2 << 20 };
        using var recorder = Open(quota);
        var random = new Random(1);
        for (var i = 1; i <= 600; i++)
        {
            recorder.Append(Event(i, random));
            if (i % 20 == 0)
            {
                await recorder.Flush();
                Assert.True(Directory.GetFiles(Record).Sum(static f => new FileInfo(f).Length) <= quota.Quota);
                Assert.Equal(Directory.GetFiles(Record).Sum(static f => new FileInfo(f).Length), recorder.State.Bytes);
            }
        }

        var kept = Numbers();
        Assert.InRange(kept.Count, 100, 599);
        Assert.Equal(Enumerable.Range(601 - kept.Count, kept.Count).Select(static n => (ulong)n), kept);
        Assert.Equal(Directory.GetFiles(Record).Length, recorder.State.Segments);
    }

    [Fact]
    public async Task On_a_disk_without_room_nothing_is_written_and_that_is_said()
    {
        using var recorder = Open(Usual with { Reserve = long.MaxValue });
        recorder.Append(Event(1));
        await recorder.Flush();
        Assert.Empty(Numbers());
        Assert.Equal((0UL, 1UL), (recorder.State.Events, recorder.State.Lost));
        Assert.Contains("record.reserve", recorder.State.Stopped, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_that_found_no_room_are_counted_and_said_in_the_next_block()
    {
        // The directory is gone: no segment can be made. It comes back, and recording goes on.
        using var recorder = Open(Usual);
        Directory.Delete(Record);
        for (var i = 0; i < 5; i++)
        {
            recorder.Append(Event(i));
        }

        await recorder.Flush();
        Assert.Equal(5UL, recorder.State.Lost);
        Assert.NotNull(recorder.State.Stopped);
        Directory.CreateDirectory(Record);
        recorder.Append(Event(9));
        await recorder.Flush();
        recorder.Append(Event(10));
        await recorder.Flush();
        Assert.Null(recorder.State.Stopped);
        Assert.Equal([9, 10], Numbers());
        Assert.Equal([5, 0], Blocks().Select(static b => b.Head.Lost));
    }

    [Fact]
    public async Task What_nobody_saw_is_recorded_without_any_event_and_waits_for_a_disk_that_is_full()
    {
        List<string?> told = [];
        using var recorder = Open(Usual);
        recorder.Troubled = told.Add;
        var loss = new RecordLoss(LossKind.OverLimit, 5, 6, 7, "openat");
        recorder.Append(loss);
        await recorder.Flush();
        Assert.Equal([loss], Assert.Single(Blocks()).Head.Losses);
        recorder.Append(Event(1));
        await recorder.Flush();
        foreach (var segment in Directory.GetFiles(Record))
        {
            File.Delete(segment);
        }

        Directory.Delete(Record);
        using var other = Open(Usual);
        Directory.Delete(Record);
        other.Troubled = told.Add;
        other.Append(loss);
        await other.Flush();
        Directory.CreateDirectory(Record);
        other.Append(Event(2));
        await other.Flush();
        Assert.Equal([loss], Assert.Single(Blocks()).Head.Losses);
        other.Append(Event(3));
        await other.Flush();
        Assert.Equal([true, false], told.Select(static t => t is not null));
    }

    [Fact]
    public void It_is_known_when_the_last_event_of_an_earlier_recorder_was()
    {
        using (var first = Open(Usual))
        {
            Assert.Null(first.LatestBefore);
            first.Append(Event(1));
            first.Append(new RecordLoss(LossKind.Away, 1, 2, 0));
        }

        using var second = Open(Usual);
        Assert.Equal(Blocks().First().Head.LastTime, second.LatestBefore);
    }

    [Fact]
    public async Task An_event_that_no_block_can_hold_is_counted_and_harms_no_other()
    {
        using var recorder = Open(Usual);
        recorder.Append(Event(1));
        var e = Event(2);
        e.SetArgument(1, new byte[9 << 20]);
        recorder.Append(e);
        recorder.Append(Event(3));
        await recorder.Flush();
        Assert.Equal([1, 3], Numbers());
        Assert.Equal((2UL, 1UL), (recorder.State.Events, recorder.State.Unrecordable));
    }

    [Fact]
    public void A_switched_off_recorder_makes_nothing()
    {
        Assert.Null(FlightRecorder.Open(Usual with { Enabled = false }, Record, TimeProvider.System, NullLogger.Instance));
        Assert.False(Directory.Exists(Record));
    }

    [Fact]
    public void A_recorder_that_cannot_begin_does_not_keep_the_node_from_starting()
    {
        File.WriteAllText(Record, "no directory");
        Assert.Null(FlightRecorder.Open(Usual, Record, TimeProvider.System, NullLogger.Instance));
    }

    private static KernelEvent Event(int number, Random? random = null)
    {
        var e = new KernelEvent();
        e.Begin(EventTypes.Get("write"));
        e.Number = (ulong)number;
        e.Timestamp = 1_700_000_000_000_000_000 + number;
        if (random is not null)
        {
            var data = new byte[8192];
            random.NextBytes(data);
            e.SetArgument(1, data);
        }

        return e;
    }

    private FlightRecorder Open(RecordOptions options) => new(options, Record, TimeProvider.System, NullLogger.Instance);

    private IEnumerable<RecordBlock> Blocks() => new RecordDirectory(Record).Read(new RecordSelection(), static (segment, damage) => Assert.Fail($"{segment}: {damage}"));

    private List<ulong> Numbers()
    {
        List<ulong> numbers = [];
        var e = new KernelEvent();
        foreach (var block in Blocks())
        {
            var reader = new BlockReader(block);
            while (reader.Read(e))
            {
                numbers.Add(e.Number);
            }
        }

        return numbers;
    }
}
