using Skerry.Guard.Events;
using Skerry.Linux.Processes;

namespace Skerry.Node.Sensors;

/// <summary>A process that the sensor knows: by its number and its start it is like no other's.</summary>
/// <remarks>Belongs to the sensor's thread, but for what never changes.</remarks>
internal sealed class ProcessEntry
{
    private Link? _own; // among those with the same nearest living ancestor
    private Link? _beneath; // begins the ring of those that this one is it of

    /// <summary>What rules are told of it.</summary>
    public required ProcessFacts Facts { get; init; }

    /// <summary>Start since boot, nanoseconds.</summary>
    public required ulong Start { get; init; }

    /// <summary>The container it is in.</summary>
    public required SensedContainer Container { get; init; }

    /// <summary>The process as /proc names it: starts count in hundredths of a second there (proc_pid_stat(5)).</summary>
    internal ProcessIdentity Identity => new(Facts.Pid, Start / 10_000_000);

    /// <summary>It was killed with all that it started: what it starts before it is gone is killed, too. What is beneath it is condemned as well.</summary>
    public bool IsCondemned { get; set; }

    /// <summary>It was sent its end.</summary>
    public bool IsKilled { get; set; }

    /// <summary>Ancestors that are known.</summary>
    public int Depth { get; set; }

    /// <summary>User that <see cref="ProcessFacts.User"/> is of.</summary>
    public (uint User, uint Group) Credentials { get; set; }

    /// <summary>Those it is the nearest living ancestor of, in the same container.</summary>
    internal IEnumerable<ProcessEntry> Beneath
    {
        get
        {
            for (var link = _beneath?.Next; link is not null && link != _beneath; link = link.Next)
            {
                yield return link.Of!;
            }
        }
    }

    /// <summary>It was made by another.</summary>
    internal void Join(ProcessEntry above)
    {
        _own = new Link { Of = this };
        (above._beneath ??= new Link()).Take(_own, _own);
    }

    /// <summary>It ended: what is beneath it takes its place beneath the next one above. However many there are, it costs the same.</summary>
    internal void Leave()
    {
        if (_own is { } own)
        {
            var before = own.Previous;
            own.Drop();
            if (_beneath is { } ring && ring.Next != ring)
            {
                var (first, last) = (ring.Next, ring.Previous);
                ring.Drop();
                before.Take(first, last);
            }
        }

        (_own, _beneath) = (null, null);
    }

    /// <summary>A place in a ring; what begins one is of nobody.</summary>
    private sealed class Link
    {
        internal Link() => Previous = Next = this;

        internal ProcessEntry? Of { get; init; }

        internal Link Previous { get; private set; }

        internal Link Next { get; private set; }

        /// <summary>Puts a row behind this.</summary>
        internal void Take(Link first, Link last)
        {
            (first.Previous, last.Next) = (this, Next);
            Next.Previous = last;
            Next = first;
        }

        internal void Drop()
        {
            (Previous.Next, Next.Previous) = (Next, Previous);
            Previous = Next = this;
        }
    }
}
