namespace Skerry.Node.Network;

/// <summary>What kind of network failure it is; the doors turn it into a status.</summary>
internal enum NetworkFault
{
    /// <summary>The request or a configuration file is wrong.</summary>
    Invalid,

    /// <summary>There is no network of that name.</summary>
    NotFound,

    /// <summary>A host port is taken.</summary>
    PortTaken,

    /// <summary>A program that is needed is not installed.</summary>
    Missing,

    /// <summary>A plugin or tool failed.</summary>
    Failed,

    /// <summary>A plugin did not answer in time and was killed.</summary>
    TimedOut,
}
