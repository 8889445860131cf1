namespace Skerry.Node.Sensors.Responses;

/// <summary>What follows on an alert; a later one is stronger.</summary>
internal enum ResponseAction
{
    /// <summary>It is told.</summary>
    Alert,

    /// <summary>The container is frozen, with all that it holds.</summary>
    Pause,

    /// <summary>The process and all that it started are killed.</summary>
    Kill,

    /// <summary>All processes of the container are killed.</summary>
    KillContainer,
}
