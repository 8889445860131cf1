using CsCheck;
using Skerry.Guard.Recorder;

namespace Skerry.Guard.Tests.Recorder;

/// <summary>Blocks one after the other: cut anywhere, damaged anywhere, the others are found.</summary>
public sealed class SegmentTests
{
    private static readonly byte[][] Blocks = [.. Enumerable.Range(1, 5).Select(static n => Block((ulong)n))];

    [Fact]
    public void The_blocks_are_found_in_their_order()
    {
        var reader = new SegmentReader(new MemoryStream(Whole()));
        Assert.Equal([1, 2, 3, 4, 5], Sequences(reader));
        Assert.Empty(reader.Damages);
        Assert.Equal(Whole().Length, reader.End);
    }

    [Fact]
    [Trait("Promise", "P-96")]
    public void A_cut_anywhere_loses_the_block_it_is_in_and_no_other()
    {
        var whole = Whole();
        for (var cut = 0; cut <= whole.Length; cut++)
        {
            var reader = new SegmentReader(new MemoryStream(whole, 0, cut));
            var (blocks, length) = Before(cut);
            Assert.Equal(Enumerable.Range(1, blocks).Select(static n => (ulong)n), Sequences(reader));
            Assert.Equal(length, reader.End);
            Assert.Equal(cut > length, reader.Damages.Count > 0);
            Assert.All(reader.Damages, d => Assert.Equal((length, cut - length, true), (d.Offset, d.Length, d.IsTail)));
        }
    }

    [Fact]
    [Trait("Promise", "P-96")]
    public void A_damaged_byte_costs_its_block_and_no_other()
    {
        var whole = Whole();
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Int[1, 255]).Sample((at, change) =>
        {
            var damaged = whole.ToArray();
            damaged[at] ^= (byte)change;
            var reader = new SegmentReader(new MemoryStream(damaged));
            var hit = (ulong)Before(at).Blocks + 1;
            Assert.Equal(new ulong[] { 1, 2, 3, 4, 5 }.Where(n => n != hit), Sequences(reader));
            Assert.Single(reader.Damages);
        }, iter: 500);
    }

    [Fact]
    public void The_content_of_blocks_that_are_not_wanted_is_not_read()
    {
        var stream = new CountingStream(Whole());
        var reader = new SegmentReader(stream);
        Assert.Equal(3UL, reader.Next(static h => h.Sequence == 3)?.Head.Sequence);
        Assert.Null(reader.Next(static _ => false));
        Assert.True(stream.Count < Whole().Length - Blocks[0].Length, $"{stream.Count} bytes of {Whole().Length}");
        Assert.Equal(Whole().Length, reader.End);
    }

    [Fact]
    public void What_is_no_recording_at_all_is_one_damage()
    {
        Gen.Byte.Array[1, 3000].Sample(
            static bytes =>
            {
                var reader = new SegmentReader(new MemoryStream(bytes));
                Assert.Null(reader.Next());
                Assert.Equal(bytes.Length, reader.Damages.Sum(static d => d.Length));
            },
            iter: 200);
    }

    private static byte[] Whole() => [.. Blocks.SelectMany(static b => b)];

    private static byte[] Block(ulong sequence)
    {
        using var writer = new BlockWriter();
        for (var i = 0UL; i < sequence; i++)
        {
            Assert.True(writer.TryAppend(Make.Open(Make.Process("cat"), $"/etc/{i}")));
        }

        return writer.Seal(sequence, 0).ToArray();
    }

    private static (int Blocks, long Length) Before(long at)
    {
        var (blocks, length) = (0, 0L);
        while (blocks < Blocks.Length && length + Blocks[blocks].Length <= at)
        {
            length += Blocks[blocks++].Length;
        }

        return (blocks, length);
    }

    private static List<ulong> Sequences(SegmentReader reader)
    {
        List<ulong> found = [];
        while (reader.Next() is { } block)
        {
            found.Add(block.Head.Sequence);
        }

        return found;
    }

    private sealed class CountingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public long Count { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            var read = base.Read(buffer);
            Count += read;
            return read;
        }
    }
}
