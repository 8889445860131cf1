using Skerry.Contracts.Ttrpc;

namespace Skerry.Guest;

/// <summary>What was asked cannot be done; it becomes the answer of the call.</summary>
internal sealed class GuestException(TtrpcStatusCode code, string message) : Exception(message)
{
    public TtrpcStatusCode Code { get; } = code;
}
