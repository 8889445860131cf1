using System.Buffers.Binary;
using CsCheck;
using Skerry.Guard.Events;
using Skerry.Guard.Recorder;

namespace Skerry.Guard.Tests.Recorder;

/// <summary>A block of a recording: what was written is read, whatever it was, and bytes that are no block are refused.</summary>
public sealed class BlockTests
{
    [Fact]
    public void What_is_written_is_read_again()
    {
        using var writer = new BlockWriter();
        Gen.Int.Sample(seed =>
        {
            var world = new EventWorld(new Random(seed));
            List<string> written = [];
            var e = new KernelEvent();
            for (var i = 0; i < 60; i++)
            {
                world.Next(e);
                written.Add(EventDescription.Of(e));
                Assert.True(writer.TryAppend(e));
            }

            var block = RecordBlock.Parse(writer.Seal(7, 3).ToArray());
            Assert.Equal((60, 7UL, 3UL), (block.Head.Events, block.Head.Sequence, block.Head.Lost));
            writer.Clear();
            Assert.Equal(written, Read(block));
        }, iter: 40, threads: 1);
    }

    [Fact]
    public void An_event_is_written_as_it_was_set_also_after_rules_looked_at_it()
    {
        var e = Make.Open(Make.Process("cat /etc/shadow"), "/etc/shadow");
        var before = EventDescription.Of(e);
        Judgement.Fired(Judgement.Load(Judgement.Rule("evt.type = openat and evt.arg.flags contains O_RDONLY and fd.name = /etc/shadow")).Set, e);
        Assert.Equal([before], Read(Block(e)));
    }

    [Fact]
    public void The_name_of_a_user_is_recorded_with_the_number()
    {
        var container = Make.Container();
        container.UserNames = new Dictionary<uint, Text> { [33] = "www-data" };
        var e = Make.Event("setresuid", Make.Process("x", container: container), 0, ("ruid", 33), ("euid", -1), ("suid", 4711));
        using var writer = new BlockWriter();
        Assert.True(writer.TryAppend(e));
        var reader = new BlockReader(RecordBlock.Parse(writer.Seal(1, 0).ToArray()));
        var read = new KernelEvent();
        Assert.True(reader.Read(read));
        Assert.True(Judgement.Holds("evt.arg.ruid = www-data and evt.rawarg.ruid = 33 and evt.arg.euid = '<NONE>' and evt.arg.suid = '<NA>' and evt.rawarg.suid = 4711", read));
    }

    [Fact]
    public void A_process_that_changed_is_told_as_it_was_at_each_event()
    {
        var process = Make.Process("sh", Make.Process("sshd"));
        using var writer = new BlockWriter();
        var e = Make.Exec(process);
        Assert.True(writer.TryAppend(e));
        process.Name = "curl";
        process.Parent!.User!.Name = "nobody";
        Assert.True(writer.TryAppend(e));
        process.StandardStreams[0] = new DescriptorFacts { Kind = DescriptorKind.Pipe };
        Assert.True(writer.TryAppend(e));
        process.StandardStreams[0]!.Kind = DescriptorKind.Ipv4;
        Assert.True(writer.TryAppend(e));

        var reader = new BlockReader(RecordBlock.Parse(writer.Seal(1, 0).ToArray()));
        List<(string Name, string Parent, DescriptorKind? Input)> seen = [];
        var read = new KernelEvent();
        while (reader.Read(read))
        {
            seen.Add((read.Process!.Name.ToString(), read.Process.Parent!.User!.Name.ToString(), read.Process.StandardStreams[0]?.Kind));
        }

        Assert.Equal([("sh", "root", null), ("curl", "nobody", null), ("curl", "nobody", DescriptorKind.Pipe), ("curl", "nobody", DescriptorKind.Ipv4)], seen);
    }

    [Fact]
    public void A_loop_of_parents_ends_where_rules_stop_looking()
    {
        var (one, other) = (Make.Process("one"), Make.Process("other"));
        (one.Parent, other.Parent) = (other, one);
        var e = Make.Exec(one);
        var read = Assert.Single(Read(Block(e)));
        Assert.Equal(EventDescription.Of(e), read);
    }

    [Fact]
    public void The_head_says_of_which_containers_and_from_when_the_events_are()
    {
        using var writer = new BlockWriter();
        var first = Make.Exec(Make.Process("sh", container: Make.Container(ns: "prod")));
        Assert.True(writer.TryAppend(first));
        Assert.True(writer.TryAppend(first));
        var second = Make.Exec(Make.Process("cron"));
        second.Timestamp = Make.Now - 5;
        Assert.True(writer.TryAppend(second));
        var head = RecordBlock.Parse(writer.Seal(1, 0).ToArray()).Head;
        Assert.Equal((Make.Now - 5, Make.Now), (head.FirstTime, head.LastTime));
        Assert.Equal([new ContainerTally("3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e", "web", "web-0", "prod", 2), new ContainerTally("host", "", "", "", 1)], head.Containers);
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_leaves_the_block_as_it_was()
    {
        using var writer = new BlockWriter();
        var small = Make.Exec(Make.Process("sh"));
        Assert.True(writer.TryAppend(small));
        var huge = Make.Exec(Make.Process("sh"));
        huge.SetArgument(1, new byte[9 << 20]);
        Assert.False(writer.TryAppend(huge));
        var process = Make.Process("sh");
        process.Arguments = [new Text(new byte[9 << 20])];
        Assert.False(writer.TryAppend(Make.Exec(process)));
        Assert.True(writer.TryAppend(small));
        Assert.Equal([EventDescription.Of(small), EventDescription.Of(small)], Read(RecordBlock.Parse(writer.Seal(1, 0).ToArray())));
    }

    [Fact]
    public void A_block_becomes_full_and_can_be_used_again()
    {
        using var writer = new BlockWriter();
        var world = new EventWorld(new Random(5));
        var e = new KernelEvent();
        while (!writer.IsFull)
        {
            world.Next(e);
            Assert.True(writer.TryAppend(e));
        }

        var events = writer.Events;
        Assert.Equal(events, Read(RecordBlock.Parse(writer.Seal(1, 0).ToArray())).Count);
        writer.Clear();
        Assert.True(writer.TryAppend(Make.Exec(Make.Process("sh"))));
        Assert.Single(Read(RecordBlock.Parse(writer.Seal(2, 0).ToArray())));
    }

    [Fact]
    public void Nothing_is_allocated_for_an_event()
    {
        using var writer = new BlockWriter();
        var process = Make.Process("cat -n /etc/shadow", Make.Process("bash", Make.Process("sshd")), Make.Container());
        var e = Make.Open(process, "/etc/shadow");
        var socket = Make.Connect(process, "93.184.216.34", 443);
        Run(70_000); // buffers
        writer.Seal(1, 0);
        writer.Clear();
        Run(10);
        Assert.Equal(0, Allocated.By(() => Run(60_000)));

        void Run(int times)
        {
            for (var i = 0; i < times; i += 2)
            {
                e.Timestamp += 1000;
                e.Number++;
                process.Threads = i % 7;
                writer.TryAppend(e);
                writer.TryAppend(socket);
            }
        }
    }

    [Fact]
    public void A_changed_byte_is_found_wherever_it_is()
    {
        var bytes = Block(Make.Open(Make.Process("cat"), "/etc/shadow")).Bytes.ToArray();
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 0x40;
            Assert.Throws<RecordFormatException>(() => RecordBlock.Parse(bytes));
            bytes[i] ^= 0x40;
        }

        RecordBlock.Parse(bytes);
    }

    [Fact]
    public void A_block_of_a_later_version_says_so()
    {
        var bytes = Block(Make.Exec(Make.Process("sh"))).Bytes.ToArray();
        bytes[4] = 3;
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(length - 4), Checksum.Of(bytes.AsSpan(0, length - 4)));
        Assert.Equal("the block is of version 3, and this program reads versions 1 and 2", Assert.Throws<RecordFormatException>(() => RecordBlock.Parse(bytes)).Message);
    }

    /// <summary>The checksums keep chance out, not who means harm: with right ones, any content gives events or an error.</summary>
    [Fact]
    public void Content_that_is_nonsense_gives_an_error_and_never_anything_else()
    {
        var world = new EventWorld(new Random(11));
        using var writer = new BlockWriter();
        var e = new KernelEvent();
        for (var i = 0; i < 30; i++)
        {
            world.Next(e);
            Assert.True(writer.TryAppend(e));
        }

        var block = RecordBlock.Parse(writer.Seal(1, 0).ToArray());
        using var decompressor = new ZstdSharp.Decompressor();
        var content = decompressor.Unwrap(block.Stored).ToArray();
        Gen.Select(Gen.Int[0, content.Length - 1], Gen.Byte, Gen.Int[0, content.Length - 1], Gen.Byte).Sample((at, value, other, more) =>
        {
            var changed = content.ToArray();
            (changed[at], changed[other]) = (value, more);
            Nonsense.Try(Nonsense.Block(changed, block.Head.Events));
        }, iter: 1000, threads: 1);
    }

    private static RecordBlock Block(KernelEvent e)
    {
        using var writer = new BlockWriter();
        Assert.True(writer.TryAppend(e));
        return RecordBlock.Parse(writer.Seal(1, 0).ToArray());
    }

    private static List<string> Read(RecordBlock block)
    {
        var reader = new BlockReader(block);
        var e = new KernelEvent();
        List<string> read = [];
        while (reader.Read(e))
        {
            read.Add(EventDescription.Of(e));
        }

        return read;
    }
}
