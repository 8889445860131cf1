namespace Skerry.Node.Isolation.Spec;

/// <summary>Who a container's process is, in container ids.</summary>
/// <param name="Uid">User id.</param>
/// <param name="Gid">Primary group id.</param>
/// <param name="Groups">Supplementary group ids, without duplicates.</param>
/// <param name="Home">Home directory from passwd; <c>/</c> when the user has no entry.</param>
internal sealed record ResolvedUser(uint Uid, uint Gid, IReadOnlyList<uint> Groups, string Home)
{
    /// <summary>uid 0, gid 0, no groups.</summary>
    public static ResolvedUser Root { get; } = new(0, 0, [], "/root");
}
