using Skerry.Linux.Files;
using Skerry.Linux.Processes;
using Skerry.Linux.Watches;

namespace Skerry.Linux.Tests.Watches;

/// <summary>Descriptors that become ready, and flows that do not wait.</summary>
public sealed class ReadinessTests
{
    [Fact]
    public void A_pipe_is_told_when_it_has_bytes_room_and_no_reader()
    {
        using var readiness = new Readiness();
        var (read, write) = Spawn.Pipe();
        using (read)
        using (write)
        {
            readiness.Add(read, Interest.Read);
            Assert.Empty(Wait(readiness, 0));

            Assert.Equal(3, ByteFlow.TryWrite(write, "abc"u8));
            Assert.Equal([(read.Number, Interest.Read)], Wait(readiness, -1));

            readiness.Change(read, Interest.None);
            Assert.Empty(Wait(readiness, 0));
            readiness.Remove(read);

            readiness.Add(write, Interest.Write);
            Assert.Equal([(write.Number, Interest.Write)], Wait(readiness, -1));
            read.Dispose();
            Assert.True(Assert.Single(Wait(readiness, -1)).Came.HasFlag(Interest.Error));
        }
    }

    [Fact]
    public void Nothing_waits_on_a_pipe_that_is_empty_full_or_closed()
    {
        var (read, write) = Spawn.Pipe();
        ByteFlow.DoNotWait(read);
        ByteFlow.DoNotWait(write);
        var buffer = new byte[4096];
        Assert.Null(ByteFlow.TryRead(read, buffer));

        var total = 0;
        while (ByteFlow.TryWrite(write, buffer) is > 0 and var count)
        {
            total += count;
        }

        Assert.Equal(0, ByteFlow.TryWrite(write, buffer));
        while (ByteFlow.TryRead(read, buffer) is > 0 and var count)
        {
            total -= count;
        }

        Assert.Equal(0, total);
        write.Dispose();
        Assert.Equal(0, ByteFlow.TryRead(read, buffer));

        var (other, orphan) = Spawn.Pipe();
        other.Dispose();
        Assert.Null(ByteFlow.TryWrite(orphan, buffer));
        orphan.Dispose();
        read.Dispose();
    }

    private static (int Number, Interest Came)[] Wait(Readiness readiness, int milliseconds)
    {
        var ready = new (int, Interest)[8];
        return ready[..readiness.Wait(ready, milliseconds)];
    }
}
