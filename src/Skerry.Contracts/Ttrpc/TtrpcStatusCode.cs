namespace Skerry.Contracts.Ttrpc;

/// <summary>How a call ended: the codes of gRPC (google/rpc/code.proto) that are used here.</summary>
public enum TtrpcStatusCode
{
    /// <summary>Well.</summary>
    Ok = 0,

    /// <summary>The caller gave up.</summary>
    Cancelled = 1,

    /// <summary>It is not known why.</summary>
    Unknown = 2,

    /// <summary>What was asked makes no sense.</summary>
    InvalidArgument = 3,

    /// <summary>There is no such thing.</summary>
    NotFound = 5,

    /// <summary>There is one already.</summary>
    AlreadyExists = 6,

    /// <summary>A bound was reached.</summary>
    ResourceExhausted = 8,

    /// <summary>Not in this state.</summary>
    FailedPrecondition = 9,

    /// <summary>There is no such method.</summary>
    Unimplemented = 12,

    /// <summary>It failed inside.</summary>
    Internal = 13,

    /// <summary>Not now.</summary>
    Unavailable = 14,
}
