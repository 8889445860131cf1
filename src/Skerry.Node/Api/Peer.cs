namespace Skerry.Node.Api;

/// <summary>Who is at the other end of a connection, as the kernel named it when it was made.</summary>
/// <param name="Pid">Its process, which may have ended since.</param>
/// <param name="Uid">Its user.</param>
/// <param name="Gid">Its group.</param>
internal sealed record Peer(int Pid, uint Uid, uint Gid);
