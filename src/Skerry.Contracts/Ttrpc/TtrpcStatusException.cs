namespace Skerry.Contracts.Ttrpc;

/// <summary>The other side answered that a call failed; the connection is well.</summary>
public sealed class TtrpcStatusException : Exception
{
    /// <summary>Most characters of a foreign message that are kept.</summary>
    public const int MaxMessage = 4096;

    /// <summary>Makes one; the message is cut where it is too long.</summary>
    public TtrpcStatusException(TtrpcStatusCode code, string message)
        : base(message?.Length > MaxMessage ? message[..MaxMessage] : message) => Code = code;

    /// <summary>The other side's code; one that is not known is kept as it is.</summary>
    public TtrpcStatusCode Code { get; }
}
