namespace Skerry.Contracts.Ttrpc;

/// <summary>The connection is broken: it ended, or the other side does not keep to the protocol. Every call on it fails with this.</summary>
public sealed class TtrpcException : IOException
{
    /// <summary>Says what happened.</summary>
    public TtrpcException(string message)
        : base($"ttrpc: {message}")
    {
    }

    /// <summary>Says what happened, and what caused it.</summary>
    public TtrpcException(string message, Exception cause)
        : base($"ttrpc: {message}", cause)
    {
    }
}
