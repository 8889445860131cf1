namespace Skerry.Node.Sensors.Responses;

/// <summary>What follows on an alert; a later one is stronger.</summary>
internal enum ResponseAction
{
    /// <summary>It is told.</summary>
    Alert,

    /// <summary>The container is frozen, with all that it holds.</summary>
    Pause,

    /// <summary>The pod is cut off from every network, and frozen where that is configured.</summary>
    Quarantine,

    /// <summary>The container is ended and started again.</summary>
    Restart,

    /// <summary>The process and all that it started are killed.</summary>
    Kill,

    /// <summary>All processes of the container are killed.</summary>
    KillContainer,

    /// <summary>It does not happen, where the kernel can decide that; else the process is killed.</summary>
    Deny,
}
