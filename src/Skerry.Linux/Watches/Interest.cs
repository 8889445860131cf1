namespace Skerry.Linux.Watches;

/// <summary>What is waited for at a descriptor, and what came; the values are the kernel's (linux/eventpoll.h).</summary>
[Flags]
public enum Interest : uint
{
    /// <summary>Nothing but errors and the other side's going, which are always told.</summary>
    None = 0,

    /// <summary>EPOLLIN: there is something to read, or the end.</summary>
    Read = 1,

    /// <summary>EPOLLOUT: something can be written.</summary>
    Write = 4,

    /// <summary>EPOLLERR; never asked for.</summary>
    Error = 8,

    /// <summary>EPOLLHUP: the other side has gone; never asked for.</summary>
    HangUp = 16,
}
