namespace Skerry.Guard.Events;

/// <summary>What an event is about; the names in rules are these in lower case.</summary>
public enum EventCategory
{
    /// <summary>None of the others.</summary>
    Other,

    /// <summary>Files and directories.</summary>
    File,

    /// <summary>Sockets.</summary>
    Net,

    /// <summary>Pipes, shared memory and the like.</summary>
    Ipc,

    /// <summary>Memory.</summary>
    Memory,

    /// <summary>Life of processes.</summary>
    Process,

    /// <summary>Sleeping.</summary>
    Sleep,

    /// <summary>The machine.</summary>
    System,

    /// <summary>Signals.</summary>
    Signal,

    /// <summary>Users and groups.</summary>
    User,

    /// <summary>Clocks and timers.</summary>
    Time,

    /// <summary>Reads from a descriptor.</summary>
    IoRead,

    /// <summary>Writes to a descriptor.</summary>
    IoWrite,

    /// <summary>Other work on a descriptor.</summary>
    IoOther,

    /// <summary>Waiting for descriptors.</summary>
    Wait,

    /// <summary>The scheduler.</summary>
    Scheduler,

    /// <summary>Made by the guard itself.</summary>
    Internal,
}
