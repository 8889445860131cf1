using System.Runtime.InteropServices;
using Skerry.Linux.Interop;

namespace Skerry.Linux.Bpf;

/// <summary>A BPF ring buffer read straight from its memory (kernel/bpf/ringbuf.c): one page for the reader's position, one for the writers', the data twice.</summary>
/// <remarks>One thread reads. <see cref="Wake"/> may be called from any.</remarks>
public sealed unsafe class EventRing : IDisposable
{
    private const uint BusyBit = 1u << 31; // BPF_RINGBUF_BUSY_BIT, linux/bpf.h
    private const uint DiscardBit = 1u << 30;
    private const int HeadSize = 8; // BPF_RINGBUF_HDR_SZ
    private const int EFD_CLOEXEC = 0x80000;
    private const int Canary = 1; // struct control, in words of 32 bits
    private const int CanaryNamespace = 4;

    private readonly int _ring;
    private readonly nuint _page = (nuint)Environment.SystemPageSize;
    private readonly nuint _size;
    private readonly FileDescriptor _wake;
    private readonly ulong* _consumed;
    private readonly ulong* _produced;
    private readonly byte* _bytes;
    private readonly uint* _waiting;

    /// <param name="ring">The map.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="control">The map by which the reader says that it sleeps; negative where there is none.</param>
    internal EventRing(int ring, uint size, int control)
    {
        (_ring, _size) = (ring, size);
        _wake = new FileDescriptor(LinuxException.ThrowIfFailed(Epoll.EventFd(0, EFD_CLOEXEC), "eventfd", "sensor"));
        _consumed = (ulong*)Map(_page, MemoryMap.PROT_READ | MemoryMap.PROT_WRITE, ring, 0);
        _produced = (ulong*)Map(_page + (2 * _size), MemoryMap.PROT_READ, ring, _page);
        _bytes = (byte*)_produced + _page;
        _waiting = control < 0 ? null : (uint*)Map(_page, MemoryMap.PROT_READ | MemoryMap.PROT_WRITE, control, 0);
    }

    /// <summary>Bytes that wait to be read.</summary>
    public long Unread => (long)(Volatile.Read(ref *_produced) - *_consumed);

    /// <summary>Reads what there is.</summary>
    /// <returns>Number of records.</returns>
    public int Drain(RecordSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        var count = 0;
        var at = *_consumed;
        while (at < Volatile.Read(ref *_produced))
        {
            var head = (uint*)(_bytes + (at & (_size - 1)));
            var length = Volatile.Read(ref *head);
            if ((length & BusyBit) != 0)
            {
                break;
            }

            if ((length & DiscardBit) == 0)
            {
                sink(new ReadOnlySpan<byte>((byte*)head + HeadSize, (int)length));
                count++;
            }

            at += ((length & ~DiscardBit) + HeadSize + 7) & ~7ul;
            Volatile.Write(ref *_consumed, at);
        }

        return count;
    }

    /// <summary>Sleeps until the kernel's side wakes the reader, <see cref="Wake"/> is called, or the time is over.</summary>
    /// <param name="milliseconds">Longest sleep; -1 for no end.</param>
    /// <param name="wakesAtOnce">The very next record ends the sleep; else one that must, or many.</param>
    /// <param name="beside">A ring whose records end it, too.</param>
    /// <param name="also">A descriptor that ends it, too, while it can be read.</param>
    public void Wait(int milliseconds, bool wakesAtOnce, EventRing? beside = null, FileDescriptor? also = null)
    {
        if (wakesAtOnce && _waiting is not null)
        {
            Volatile.Write(ref *_waiting, 1);
            Thread.MemoryBarrier();
            if (Unread > 0)
            {
                return;
            }
        }

        var ends = stackalloc SpawnCalls.PollFd[4];
        ends[0] = new SpawnCalls.PollFd { Fd = _ring, Events = PollCalls.POLLIN };
        ends[1] = new SpawnCalls.PollFd { Fd = _wake.Number, Events = PollCalls.POLLIN };
        ends[2] = new SpawnCalls.PollFd { Fd = beside?._ring ?? -1, Events = PollCalls.POLLIN };
        ends[3] = new SpawnCalls.PollFd { Fd = also?.Number ?? -1, Events = PollCalls.POLLIN };
        if (SpawnCalls.Poll(ends, 4, milliseconds) > 0 && ends[1].Revents != 0)
        {
            ulong count;
            _ = Unistd.Read(_wake.Number, &count, sizeof(ulong));
        }
    }

    /// <summary>Has calls of a thread of this process told, too; 0 for none.</summary>
    /// <param name="thread">Its number (gettid(2)).</param>
    /// <param name="pidNamespace">Inode of the pid namespace that the number is of.</param>
    internal void TellOf(uint thread, uint pidNamespace)
    {
        _waiting[CanaryNamespace] = pidNamespace;
        Volatile.Write(ref _waiting[Canary], thread);
    }

    /// <summary>Ends a sleep.</summary>
    public void Wake()
    {
        ulong one = 1;
        _ = Unistd.Write(_wake.Number, &one, sizeof(ulong));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = MemoryMap.Unmap(_consumed, _page);
        _ = MemoryMap.Unmap(_produced, _page + (2 * _size));
        if (_waiting is not null)
        {
            _ = MemoryMap.Unmap(_waiting, _page);
        }

        _wake.Dispose();
    }

    private static void* Map(nuint size, int protection, int file, nuint offset)
    {
        var at = MemoryMap.Map(null, size, protection, MemoryMap.MAP_SHARED, file, (nint)offset);
        return at != MemoryMap.Failed ? at : throw LinuxException.Last("mmap", "ring of the sensor");
    }
}
