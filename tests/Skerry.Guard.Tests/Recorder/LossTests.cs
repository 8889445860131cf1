using CsCheck;
using Skerry.Guard.Events;
using Skerry.Guard.Recorder;

namespace Skerry.Guard.Tests.Recorder;

/// <summary>What nobody saw has its place in a recording, and recordings without losses are as they were.</summary>
public sealed class LossTests
{
    private static readonly RecordLoss Away = new(LossKind.Away, Make.Now - 100, Make.Now + 100, 0, "", "3ad7b26ded6d8e7b", "web", "web-0", "prod");
    private static readonly RecordLoss Over = new(LossKind.OverLimit, Make.Now, Make.Now + 5, 54122, "openat");

    [Fact]
    public void What_was_lost_is_read_again_with_the_events_beside_it()
    {
        using var writer = new BlockWriter();
        Assert.True(writer.IsEmpty);
        writer.Add(Away);
        Assert.False(writer.IsEmpty);
        Assert.True(writer.TryAppend(Make.Exec(Make.Process("sh"))));
        writer.Add(Over);
        var bytes = writer.Seal(1, 0).ToArray();
        Assert.Equal(2, bytes[4]);
        var block = RecordBlock.Parse(bytes);
        Assert.Equal([Away, Over], block.Head.Losses);
        Assert.Equal((Make.Now - 100, Make.Now + 100, 1), (block.Head.FirstTime, block.Head.LastTime, block.Head.Events));
        Assert.True(new BlockReader(block).Read(new KernelEvent()));
        writer.Clear();
        Assert.True(writer.IsEmpty);
    }

    [Fact]
    public void A_block_of_losses_alone_is_a_block()
    {
        using var writer = new BlockWriter();
        writer.Add(Away);
        var block = RecordBlock.Parse(writer.Seal(1, 0).ToArray());
        Assert.Equal([Away], block.Head.Losses);
        Assert.False(new BlockReader(block).Read(new KernelEvent()));
    }

    [Fact]
    public void A_block_without_losses_is_of_the_version_that_old_readers_know()
    {
        using var writer = new BlockWriter();
        Assert.True(writer.TryAppend(Make.Exec(Make.Process("sh"))));
        var bytes = writer.Seal(1, 0).ToArray();
        Assert.Equal(1, bytes[4]);
        Assert.Empty(RecordBlock.Parse(bytes).Head.Losses);
    }

    [Fact]
    public void Losses_that_differ_in_time_and_number_alone_are_one_and_there_are_never_too_many()
    {
        var list = new LossList();
        list.Add(Over);
        list.Add(Over with { From = Make.Now - 7, To = Make.Now - 6, Count = 3 });
        Assert.Equal([Over with { From = Make.Now - 7, Count = 54125 }], list.All);
        for (var i = 0; i < 3000; i++)
        {
            list.Add(Away with { Container = $"c{i}" });
        }

        Assert.InRange(list.All.Count, 1000, 1024);
        using var writer = new BlockWriter();
        foreach (var loss in list.All)
        {
            writer.Add(loss with { Name = new string('n', 999) });
        }

        Assert.Equal(list.All.Count, RecordBlock.Parse(writer.Seal(1, 0).ToArray()).Head.Losses.Count);
    }

    [Theory]
    [InlineData("web", null, true)]
    [InlineData("3ad7", null, true)]
    [InlineData("db", null, false)]
    [InlineData(null, "prod/web-0", true)]
    [InlineData(null, "other", false)]
    public void A_loss_is_wanted_with_its_container_and_one_of_any_container_with_all(string? container, string? pod, bool isWanted)
    {
        var selection = new RecordSelection { Container = container, Pod = pod };
        Assert.Equal(isWanted, selection.Fits(Away));
        Assert.True(selection.Fits(Over));
        Assert.False(new RecordSelection { Since = Make.Now + 101 }.Fits(Away));
        Assert.False(new RecordSelection { Until = Make.Now - 101 }.Fits(Away));
    }

    [Fact]
    public void The_containers_of_a_recording_are_found_without_reading_it()
    {
        var path = Directory.CreateTempSubdirectory("skerry-losses-").FullName;
        try
        {
            using var writer = new BlockWriter();
            writer.Add(Away);
            Assert.True(writer.TryAppend(Make.Exec(Make.Process("sh"))));
            var directory = new RecordDirectory(path);
            File.WriteAllBytes(directory.SegmentOf(1), writer.Seal(1, 0).ToArray());
            Assert.Equal(["3ad7b26ded6d8e7b", "host"], directory.Containers().Select(static c => c.Id).Order());
            Assert.Equal("there are events of host, web in pod web-0", ContainerTally.Listed(directory.Containers()));
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    [Fact]
    public void A_head_with_losses_that_is_wrong_is_refused_and_never_more()
    {
        using var writer = new BlockWriter();
        writer.Add(Away);
        writer.Add(Over);
        var bytes = writer.Seal(1, 0).ToArray();
        var length = RecordBlock.Parse(bytes).Head.HeadLength;
        Gen.Select(Gen.Int[64, length - 9], Gen.Byte).Sample((at, value) =>
        {
            var damaged = bytes.ToArray();
            damaged[at] = value;
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(damaged.AsSpan(length - 4), Crc(damaged.AsSpan(0, length - 4)));
            try
            {
                RecordBlock.Parse(damaged);
            }
            catch (RecordFormatException)
            {
                // What is refused says so in this way.
            }
        }, iter: 2000);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc = System.Numerics.BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
