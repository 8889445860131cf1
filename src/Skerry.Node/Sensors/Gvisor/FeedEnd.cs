using Skerry.Linux;

namespace Skerry.Node.Sensors.Gvisor;

/// <summary>One connection of a sandbox.</summary>
internal sealed class FeedEnd(FileDescriptor socket)
{
    /// <summary>It.</summary>
    internal FileDescriptor Socket { get; } = socket;

    /// <summary>Both sides have said their version.</summary>
    internal bool HasGreeted { get; set; }

    /// <summary>It is waited for.</summary>
    internal bool IsHeard { get; set; } = true;

    /// <summary>Messages that were dropped so far, as the last head said.</summary>
    internal uint Dropped { get; set; }
}
