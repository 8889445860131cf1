using Skerry.Guard.Events;
using Skerry.Linux.Processes;

namespace Skerry.Node.Sensors;

/// <summary>A process that the sensor knows: by its number and its start it is like no other's.</summary>
internal sealed class ProcessEntry
{
    /// <summary>What rules are told of it.</summary>
    public required ProcessFacts Facts { get; init; }

    /// <summary>Start since boot, nanoseconds.</summary>
    public required ulong Start { get; init; }

    /// <summary>The container it is in.</summary>
    public required SensedContainer Container { get; init; }

    /// <summary>The process as /proc names it: starts count in hundredths of a second there (proc_pid_stat(5)).</summary>
    internal ProcessIdentity Identity => new(Facts.Pid, Start / 10_000_000);

    /// <summary>It was killed with all that it started: what it starts before it is gone is killed, too.</summary>
    public bool IsCondemned { get; set; }

    /// <summary>Ancestors that are known.</summary>
    public int Depth { get; set; }

    /// <summary>User that <see cref="ProcessFacts.User"/> is of.</summary>
    public (uint User, uint Group) Credentials { get; set; }
}
