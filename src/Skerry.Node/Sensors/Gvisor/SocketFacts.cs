namespace Skerry.Node.Sensors.Gvisor;

/// <summary>What is known of a socket in a sandbox.</summary>
/// <param name="Family">AF_INET and so on.</param>
/// <param name="Type">SOCK_STREAM and so on; 0 where nobody saw it being made.</param>
/// <param name="Protocol">Protocol.</param>
internal sealed record SocketFacts(ushort Family, ushort Type, ushort Protocol)
{
    /// <summary>The sandbox's end, as struct sockaddr; none where it is not known.</summary>
    internal byte[] Local { get; init; } = [];

    /// <summary>The other end, as struct sockaddr; none where there is none.</summary>
    internal byte[] Remote { get; init; } = [];

    /// <summary>A connection stands.</summary>
    internal bool IsConnected { get; init; }
}
