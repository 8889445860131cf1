using Skerry.Oci;

namespace Skerry.Node.Images.Pulling;

/// <summary>What a pull is doing with one object.</summary>
public enum PullPhase
{
    /// <summary>Asking which manifest it is.</summary>
    Resolving,

    /// <summary>Fetching a blob; done and total are bytes of the blob.</summary>
    Fetching,

    /// <summary>Unpacking a layer; done is bytes of tar, the total is not known and 0.</summary>
    Unpacking,

    /// <summary>The layer is there; also when it was there before.</summary>
    Done,

    /// <summary>Making everything durable and giving the image its name.</summary>
    Committing,
}

/// <summary>One report of a pull or import.</summary>
/// <param name="Subject">The blob it is about; empty for the whole image.</param>
/// <param name="Done">Bytes so far.</param>
/// <param name="Total">Bytes in all; 0 where unknown.</param>
/// <param name="WasThere">For <see cref="PullPhase.Done"/>: nothing had to be fetched.</param>
public readonly record struct PullProgress(PullPhase Phase, Digest Subject, long Done, long Total, bool WasThere = false);
