namespace Skerry.Guard.Rules;

/// <summary>How a kernel denies by itself what a rule is about.</summary>
public enum KernelMeans
{
    /// <summary>It cannot.</summary>
    None,

    /// <summary>Connections, datagrams and sockets fail.</summary>
    Networks,

    /// <summary>Programs in the writable layer die before their first instruction.</summary>
    Drift,

    /// <summary>Programs that no name leads to die before their first instruction.</summary>
    Nameless,
}
