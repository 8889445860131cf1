using System.Buffers;
using CsCheck;
using Google.Protobuf;
using Skerry.Contracts.Ttrpc;
using Skerry.Contracts.Ttrpc.Wire;

namespace Skerry.Contracts.Tests.Ttrpc;

/// <summary>Frames as others send them: whole, in pieces, and hostile.</summary>
public sealed class TtrpcFrameTests
{
    // A request for service "s", method "m", on stream 1, remote open, byte by byte after PROTOCOL.md.
    private static readonly byte[] Known = [0, 0, 0, 6, 0, 0, 0, 1, 1, 2, 0x0a, 1, (byte)'s', 0x12, 1, (byte)'m'];

    [Fact]
    public void A_frame_has_the_bytes_that_the_protocol_says()
    {
        var output = new ArrayBufferWriter<byte>();
        TtrpcFrame.Write(output, 1, TtrpcFrameType.Request, TtrpcFrameFlags.RemoteOpen, new Request { Service = "s", Method = "m" });

        Assert.Equal(Known, output.WrittenSpan);
    }

    [Fact]
    public void Frames_come_out_as_they_went_in_however_they_are_cut() =>
        Gen.Select(Gen.Int[0, 40_000].Array[1, 6], Gen.Int[1, 9_000]).Sample((sizes, cut) =>
        {
            var output = new ArrayBufferWriter<byte>();
            foreach (var (index, size) in sizes.Index())
            {
                TtrpcFrame.Write(output, (uint)((2 * index) + 1), TtrpcFrameType.Data, TtrpcFrameFlags.None, new Response { Payload = ByteString.CopyFrom(new byte[size]) });
            }

            var frames = Read(output.WrittenSpan, cut);
            Assert.Equal(sizes, frames.Select(static f => Response.Parser.ParseFrom(f.Payload).Payload.Length));
            Assert.Equal(sizes.Select(static (_, index) => (uint)((2 * index) + 1)), frames.Select(static f => f.Stream));
        }, iter: 200);

    [Fact]
    public void The_largest_frame_passes_and_one_byte_more_does_not()
    {
        byte[] head = [0, 0x40, 0, 0, 0, 0, 0, 1, 3, 0];
        Assert.Equal(TtrpcFrame.MaxPayload, Assert.Single(Read([.. head, .. new byte[TtrpcFrame.MaxPayload]], 65536)).Payload.Length);

        head[3] = 1;
        Assert.Throws<TtrpcException>(() => Read(head, 10));
        Assert.Throws<ArgumentException>(() => TtrpcFrame.Write(
            new ArrayBufferWriter<byte>(), 1, TtrpcFrameType.Data, TtrpcFrameFlags.None, new Response { Payload = ByteString.CopyFrom(new byte[TtrpcFrame.MaxPayload]) }));
    }

    [Theory]
    [InlineData(0xff, 0xff, 0xff, 0xff, 1, 1, 0)] // 4 GiB
    [InlineData(0, 0, 0, 0, 1, 0, 0)] // no type
    [InlineData(0, 0, 0, 0, 1, 4, 0)]
    [InlineData(0, 0, 0, 0, 1, 255, 0)]
    [InlineData(0, 0, 0, 0, 0, 3, 0)] // stream 0
    [InlineData(0, 0, 0, 0, 2, 3, 0)] // an even stream
    [InlineData(0, 0, 0, 0, 1, 3, 8)] // a flag that there is not
    [InlineData(0, 0, 0, 0, 1, 3, 3)] // closed and open
    [InlineData(0, 0, 0, 1, 1, 3, 4)] // no data, of one byte
    public void What_is_no_frame_is_refused_at_its_header(byte l0, byte l1, byte l2, byte l3, byte stream, byte type, byte flags) =>
        Assert.Throws<TtrpcException>(() => Read([l0, l1, l2, l3, 0, 0, 0, stream, type, flags], 10));

    [Fact]
    public void A_header_that_announces_much_takes_no_memory_before_it_comes()
    {
        var reader = new TtrpcFrameReader();
        byte[] head = [0, 0x40, 0, 0, 0, 0, 0, 1, 3, 0];
        head.CopyTo(reader.Room());
        reader.Filled(head.Length);

        Assert.False(reader.TryRead(out _));
        Assert.InRange(reader.Room().Length, 1, 16 * 1024);
        Assert.False(reader.IsBetweenFrames);
    }

    [Fact]
    public void Bytes_of_chance_are_frames_or_refused() =>
        Gen.Byte.Array[0, 300].Sample(static bytes =>
        {
            try
            {
                Read(bytes, 7);
            }
            catch (TtrpcException)
            {
                // Refused.
            }
        });

    private static List<(uint Stream, byte[] Payload)> Read(ReadOnlySpan<byte> bytes, int cut)
    {
        var reader = new TtrpcFrameReader();
        var frames = new List<(uint, byte[])>();
        while (bytes.Length > 0)
        {
            var room = reader.Room();
            var count = Math.Min(Math.Min(cut, room.Length), bytes.Length);
            bytes[..count].CopyTo(room.Span);
            reader.Filled(count);
            bytes = bytes[count..];
            while (reader.TryRead(out var frame))
            {
                frames.Add((frame.Stream, frame.Payload.ToArray()));
            }
        }

        return frames;
    }
}
